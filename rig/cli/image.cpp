// rig image: what the maker of a firmware image does before anybody may give it to a pump.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "rig/cli/commands.h"
#include "rig/programmer/image_file.h"

namespace pumprig::cli {
namespace {

struct ImageOptions {
  std::string binary, out, key, model, version;
};

}  // namespace

void add_image(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ImageOptions>();
  auto* command = app.add_subcommand("image", "Sign a firmware image, for rig programmer update");
  command->require_subcommand(1);
  auto* sign = command->add_subcommand("sign", "Sign the bytes of a file, and write the image file that goes with them");
  sign->add_option("BINARY", options->binary, "the image's bytes")->required();
  sign->add_option("--key", options->key, "the maker's private key: PEM, P-256, its owner's alone (0600)")->required();
  sign->add_option("--model", options->model, "of the pumps that it is for, as identify says it")->required();
  sign->add_option("--version", options->version, "\"0.2.0\"; above every one that those pumps have run")->required();
  sign->add_option("--out", options->out, "the image file, in the folder of BINARY")->required();
  sign->callback([options, &outcome] {
    const Status made = programmer::write_image_file(options->out, options->binary, options->model, options->version, options->key);
    outcome.exit_code = made ? kExitPass : complain(made.error());
    if (made) std::printf("%s: %s %s, signed\n", options->out.c_str(), options->model.c_str(), options->version.c_str());
  });
}

}  // namespace pumprig::cli
