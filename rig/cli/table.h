// A table for people: columns as wide as what is in them, numbers to the right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pumprig::cli {

// Columns that a text takes on a terminal: its code points.
std::size_t display_width(std::string_view utf8);

class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as there are columns; missing ones are empty.
  void add(std::vector<std::string> cells);
  // The cell added last in `column` is shown with this ANSI style when the table is printed in colour ("32" is green).
  void style_last(std::size_t column, std::string_view ansi);
  // Two blanks between columns, none at the end of a line; each line begins with `indent`.
  std::string text(bool colour, std::string_view indent = "") const;

 private:
  struct Cell {
    std::string text;
    std::string ansi;
  };
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace pumprig::cli
