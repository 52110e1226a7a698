#include "rig/record/store_state.h"

namespace pumprig::record {

Status RunStore::add_channel(const ChannelInfo& info) {
  return guarded(state_->where, [&]() -> Status {
    auto& channel = state_->channels.emplace_back();
    channel.info = info;
    channel.stream = channel_stream(info.name);
    const auto seq = state_->next_seq();
    const Hash link = state_->chain.add(channel.stream, canonical(info));
    state_->ensure_transaction();
    SQLite::Statement insert(state_->db, "INSERT INTO channel VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    Binder(insert)
        .integer(static_cast<std::int64_t>(state_->channels.size() - 1))
        .text(info.name)
        .text(info.unit)
        .text(info.instrument)
        .text(info.source)
        .text(to_text(info.kind))
        .text(to_text(info.clock))
        .integer(info.evidence ? 1 : 0)
        .real(info.uncertainty.absolute)
        .real(info.uncertainty.relative)
        .real(info.resolution)
        .real(info.uncertainty.per_minute)
        .integer(seq)
        .blob(link)
        .step();
    return {};
  });
}

Status RunStore::add_link(const std::string& name) {
  return guarded(state_->where, [&]() -> Status {
    auto& link = state_->links.emplace_back();
    link.stream = link_stream(name);
    const auto seq = state_->next_seq();
    const Hash hash = state_->chain.add(link.stream, ByteView());
    state_->ensure_transaction();
    SQLite::Statement insert(state_->db, "INSERT INTO link VALUES(?,?,?,?)");
    Binder(insert).integer(static_cast<std::int64_t>(state_->links.size() - 1)).text(name).integer(seq).blob(hash).step();
    return {};
  });
}

Status RunStore::add(const Event& event) {
  return guarded(state_->where, [&]() -> Status {
    const auto seq = state_->next_seq();
    const Hash link = state_->chain.add(kEventStream, canonical(event), !event.provenance);
    state_->ensure_transaction();
    Binder(*state_->insert_event)
        .integer(seq)
        .integer(to_ns(event.t))
        .text(event.source)
        .text(event.kind)
        .text(event.text)
        .text(event.json)
        .integer(event.provenance ? 1 : 0)
        .blob(link)
        .step();
    return {};
  });
}

Status RunStore::add(const CheckVerdict& verdict) {
  CheckVerdict v = verdict;
  for (auto* number : {&v.limit_lo, &v.limit_hi, &v.value, &v.margin, &v.uncertainty}) {
    if (*number && std::isnan(**number)) number->reset();  // SQLite has no NaN; "no number" says the same
  }
  return guarded(state_->where, [&]() -> Status {
    const auto seq = state_->next_seq();
    const Hash link = state_->chain.add(kVerdictStream, canonical(v));
    state_->ensure_transaction();
    SQLite::Statement insert(state_->db, "INSERT INTO verdict VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    Binder(insert)
        .integer(seq)
        .text(v.check)
        .text(std::string_view(join_ids(v.requirements)))
        .text(to_text(v.verdict))
        .text(v.limit)
        .real(v.limit_lo)
        .real(v.limit_hi)
        .real(v.value)
        .text(v.unit)
        .real(v.margin)
        .real(v.uncertainty)
        .integer(to_ns(v.window_start))
        .integer(to_ns(v.window_end))
        .text(v.source)
        .text(to_text(v.clock))
        .text(v.explanation)
        .text(v.error ? to_text(*v.error) : std::string_view())
        .blob(link)
        .step();
    return {};
  });
}

Status RunStore::add(const PlanItem& item) {
  return guarded(state_->where, [&]() -> Status {
    const auto seq = state_->next_seq();
    const Hash link = state_->chain.add(kPlanStream, canonical(item));
    state_->ensure_transaction();
    SQLite::Statement insert(state_->db, "INSERT INTO plan VALUES(?,?,?,?,?,?)");
    Binder(insert)
        .integer(seq)
        .text(to_text(item.kind))
        .text(item.id)
        .text(item.text)
        .text(std::string_view(join_ids(item.requirements)))
        .blob(link)
        .step();
    return {};
  });
}

Status RunStore::add(const NotRun& not_run) {
  return guarded(state_->where, [&]() -> Status {
    const auto seq = state_->next_seq();
    const Hash link = state_->chain.add(kNotRunStream, canonical(not_run));
    state_->ensure_transaction();
    SQLite::Statement insert(state_->db, "INSERT INTO not_run VALUES(?,?,?,?,?)");
    Binder(insert)
        .integer(seq)
        .text(not_run.check)
        .text(std::string_view(join_ids(not_run.requirements)))
        .text(not_run.reason)
        .blob(link)
        .step();
    return {};
  });
}

}  // namespace pumprig::record
