// What the contract test drives a kind with: its driver and its virtual side on a memory line that can misbehave, in a plain world whose
// true values are known.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "rig/instruments/instrument.h"
#include "rig/instruments/support/plain_world.h"
#include "rig/link/memory/memory_link.h"
#include "rig/link/wrap/faulty.h"

namespace pumprig::instruments {

using link::LineFault;

struct ContractCase {
  std::string name;
  const Descriptor* descriptor = nullptr;
  std::map<std::string, SettingValue, std::less<>> given;
  bool asked = true;  // answers when asked; false: sends by itself
};

inline void PrintTo(const ContractCase& one, std::ostream* out) {
  *out << one.name;
}

// One case for each choice of each setting that must be given; one when there is none.
std::vector<ContractCase> contract_cases(const Descriptor& descriptor);

class ContractRig final : private SampleSink {
 public:
  // `far_end`: whose virtual side answers; the same kind when none is given.
  explicit ContractRig(const ContractCase& one, const LineFault& fault = {}, const ContractCase& far_end = {});
  ~ContractRig() override;

  Identity open();
  Result<Identity> try_open();
  // On a bad line opening may fail, but only with an error that says so; it is tried again until it works.
  void open_or_fail_cleanly();
  // Samples every channel each `interval`, and lets a kind that sends by itself send.
  void run_for(Duration time, Duration interval);

  void silence(bool on);
  void unplug() { pair_.plug.pull(); }
  void plug_in() { pair_.plug.insert(); }

  Instrument& driver() { return *driver_; }
  const Settings& settings() const { return settings_; }
  std::vector<std::pair<std::size_t, Sample>>& samples() { return samples_; }
  const std::vector<Error>& errors() const { return errors_; }
  bool had_event(std::string_view kind) const;
  std::uint64_t faults_done() const { return line_->faults_done(); }
  TimePoint now() const { return executor_->now(); }

  // Every sample of a quantity whose truth is known lies within its stated uncertainty.
  void expect_true_values() const;

 private:
  void sample(std::size_t channel, const Sample& sample) override { samples_.emplace_back(channel, sample); }
  void event(TimePoint, std::string_view kind, std::string_view) override { events_.emplace_back(kind); }

  Task<void> sample_all(Duration time, Duration interval);
  Task<void> move_world();
  void expect_true_volume(const ChannelInfo& info, const Sample& from, const Sample& sample) const;
  std::optional<double> truth(const ChannelInfo& info, const Sample& sample) const;

  std::unique_ptr<exec::Executor> executor_;
  Settings settings_;
  Settings far_settings_;
  mutable PlainWorld world_;
  std::vector<Edge> edges_;
  link::MemoryPair pair_;
  std::unique_ptr<link::FaultyLink> line_;
  std::unique_ptr<VirtualInstrument> far_;
  std::unique_ptr<Instrument> driver_;
  std::vector<exec::JoinHandle<void>> tasks_;
  std::vector<std::pair<std::size_t, Sample>> samples_;
  std::vector<Error> errors_;
  std::vector<std::string> events_;
};

}  // namespace pumprig::instruments
