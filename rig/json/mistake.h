// What is wrong with a file, all at once: each mistake with its place and its remedy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"
#include "rig/json/document.h"

namespace pumprig::json {

struct Mistake {
  std::string where;    // "file:line:column"
  std::string pointer;  // "/steps/3/rate"; empty for the file itself
  std::string text;     // what is wrong
  std::string remedy;   // what to do; may be empty

  std::string describe() const;  // "file:line:column: /steps/3/rate: text; remedy"
};

class Mistakes {
 public:
  explicit Mistakes(const Document& document) : document_(&document) {}
  void add(std::size_t offset, std::string_view pointer, std::string text, std::string remedy = {});
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  // In the order of the file.
  std::vector<Mistake> take();

 private:
  struct Placed {
    std::size_t offset;
    Mistake mistake;
  };
  const Document* document_;
  std::vector<Placed> list_;
};

// One Error for all of them: `where` is that of the first, the text has one line a mistake.
Error to_error(const std::vector<Mistake>& mistakes);

// "did you mean \"rate\"?" for a word close to one of `known`; else "known are a, b, c".
std::string suggest(std::string_view word, const std::vector<std::string>& known);

}  // namespace pumprig::json
