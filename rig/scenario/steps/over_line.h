// Requests that may be made twice, over a line that may be down.
#pragma once

#include "rig/clients/programmer.h"
#include "rig/scenario/run/context.h"

namespace pumprig::scenario {

// Asks the pump until it answers, or something other than its line is wrong, or the line has been down for a minute.
template <typename T>
Task<T> ask_over_line(const Step& step, RunContext& context, Task<T> (clients::Programmer::*ask)()) {
  const TimePoint give_up = context.line_patience();
  for (;;) {
    clients::Programmer& programmer = context.programmer();
    auto answer = co_await (programmer.*ask)();
    if (answer) co_return std::move(*answer);
    const Error failed = answer.error();
    CO_TRY_ASSIGN(const bool again, co_await context.wait_for_line(step, failed, give_up));
    if (!again) co_return tl::unexpected<Error>(failed);
  }
}

}  // namespace pumprig::scenario
