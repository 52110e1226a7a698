// The hash chain over a record, and the content digest.
//
// Everything that is sealed is an item: a channel, a chunk of samples, an event, a verdict … Its item hash is
// SHA-256(tag ‖ stream name ‖ canonical content). The chain goes over all items in the order of sealing: link = SHA-256(link before ‖ item
// hash), and begins with a hash over the run's metadata. The content digest takes each stream (one channel, one link, all events …) by
// itself and then the streams in the order of their names, so it does not depend on how channels interleave, nor on dates, hosts or
// commits.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "rig/base/bytes.h"
#include "rig/base/sha256.h"
#include "rig/record/run.h"

namespace pumprig::record {

class Chain {
 public:
  explicit Chain(const Hash& genesis) : head_(genesis) {}

  // Adds an item whose content is `content` and returns the new link. Items out of the digest are chained all the same.
  Hash add(std::string_view stream, ByteView content, bool in_digest = true);

  // Goes on from a link that is known from elsewhere, after a part that is lost. The digest is then that of what is left.
  void resume(const Hash& head, std::int64_t items) {
    head_ = head;
    items_ = items;
  }

  const Hash& head() const { return head_; }
  std::int64_t items() const { return items_; }
  // Hex. `kind` takes part, so that a virtual run and a run in the lab never have the same digest.
  std::string digest(BenchKind kind) const;
  // Stream name → hash so far, hex: tells which part of two runs differs.
  std::map<std::string, std::string> streams() const;

 private:
  Sha256 hash_;
  Hash head_;
  std::int64_t items_ = 0;
  std::map<std::string, Hash, std::less<>> streams_;
};

// Canonical content of each kind of item.
Bytes canonical(const ChannelInfo& channel);
Bytes canonical(const Event& event);
Bytes canonical(const CheckVerdict& verdict);
Bytes canonical(const PlanItem& item);
Bytes canonical(const NotRun& not_run);

// The first link: over the rows of the run table that are there when a run begins.
Hash genesis_hash(const std::map<std::string, std::string>& rows);
// The last one: over the chain's head and the rows that finishing adds.
Hash seal_hash(const Hash& head, const std::map<std::string, std::string>& rows);

std::string hex(const Hash& hash);
std::string channel_stream(std::string_view name);
std::string link_stream(std::string_view name);
inline constexpr std::string_view kEventStream = "event";
inline constexpr std::string_view kVerdictStream = "verdict";
inline constexpr std::string_view kPlanStream = "plan";
inline constexpr std::string_view kNotRunStream = "not_run";

}  // namespace pumprig::record
