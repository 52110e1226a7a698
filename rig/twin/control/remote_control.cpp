#include "rig/twin/control/remote_control.h"

#include <charconv>
#include <optional>

#include "rig/exec/mutex.h"
#include "rig/twin/control/control_lines.h"
#include "rig/twin/control/line_socket.h"

namespace pumprig::twin {
namespace {

constexpr Duration kGuard = std::chrono::seconds(5);

class SocketControl final : public RemoteControl {
 public:
  SocketControl(std::string path, exec::Executor& executor, link::UniqueFd socket)
      : path_(std::move(path)), executor_(executor), turn_(executor) {
    socket_.emplace(executor_, std::move(socket));
  }

  Task<void> inject(std::string fault, FaultParameters parameters) override {
    ControlRequest request{"inject", std::move(fault), std::move(parameters), {}, {}};
    CO_TRY(co_await ask(std::move(request)));
    co_return Status{};
  }
  Task<void> clear(std::string fault) override {
    ControlRequest request{"clear", std::move(fault), {}, {}, {}};
    CO_TRY(co_await ask(std::move(request)));
    co_return Status{};
  }
  Task<double> truth(std::string name) override {
    ControlRequest request{"truth", std::move(name), {}, {}, {}};
    CO_TRY_ASSIGN(const ControlReply reply, co_await ask(std::move(request)));
    if (!reply.value) co_return fail(ErrorCode::kProtocol, "the twin answered without a value", path_);
    co_return *reply.value;
  }
  Task<void> set_drug(DrugContent content) override {
    ControlRequest request{"drug", std::move(content.drug), {}, {}, {}};
    request.concentration = number_text(content.mg_per_ml) + " mg/mL";
    request.everywhere = content.where == DrugContent::Where::kEverywhere;
    CO_TRY(co_await ask(std::move(request)));
    co_return Status{};
  }
  Task<void> set_reservoir_ul(double volume) override {
    ControlRequest request{"reservoir", {}, {}, {}, number_text(volume) + " uL"};
    CO_TRY(co_await ask(std::move(request)));
    co_return Status{};
  }

 private:
  static std::string number_text(double value) {
    std::string text(32, '\0');
    text.resize(static_cast<std::size_t>(std::to_chars(text.data(), text.data() + text.size(), value).ptr - text.data()));
    return text;
  }
  // One request and its reply; requests wait for each other.
  Task<ControlReply> ask(ControlRequest request) {
    CO_TRY_ASSIGN(const exec::Mutex::Guard guard, co_await turn_.lock());
    if (!socket_) {
      CO_TRY_ASSIGN(link::UniqueFd descriptor, connect_unix(path_));
      socket_.emplace(executor_, std::move(descriptor));
    }
    const TimePoint deadline = executor_.after_wall(kGuard);
    // Virtual time must not run on while the twin, in real time, owes the answer.
    const exec::Executor::Hold hold(executor_, kGuard);
    std::string line = format_control_request(request);
    const Status sent = co_await socket_->write_line(std::move(line), deadline);
    Result<std::string> answer = fail(ErrorCode::kUnavailable, "the request could not be sent", path_);
    if (sent) answer = co_await socket_->read_line(kLongestControlLine, deadline);
    if (!answer) {
      socket_.reset();  // a late answer must not be taken for the next one
      co_return fail(answer.error(), "the twin did not answer", path_);
    }
    CO_TRY_ASSIGN(ControlReply reply, parse_control_reply(*answer));
    if (reply.error) co_return tl::unexpected<Error>(*reply.error);
    co_return reply;
  }

  std::string path_;
  exec::Executor& executor_;
  exec::Mutex turn_;
  std::optional<LineSocket> socket_;
};

}  // namespace

Result<std::unique_ptr<RemoteControl>> connect_control(const std::string& path, exec::Executor& executor) {
  TRY_ASSIGN(link::UniqueFd socket, connect_unix(path));
  return std::make_unique<SocketControl>(path, executor, std::move(socket));
}

}  // namespace pumprig::twin
