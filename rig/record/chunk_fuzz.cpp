// Any bytes as a stored chunk: the decoders refuse or decode, and what decodes packs to a form that decodes to the same.
#include <cstdint>
#include <cstdlib>

#include "rig/record/codec.h"
#include "rig/record/link_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig;
  using namespace pumprig::record;
  if (size < 1) return 0;
  const ByteView rest(data + 1, size - 1);
  Compressor compressor;
  const auto packed = compressor.decompress(static_cast<Storage>(data[0] & 1), rest);
  if (!packed) return 0;
  if ((data[0] & 2) == 0) {
    const auto samples = unpack_samples(*packed);
    if (!samples) return 0;
    SamplePacker packer;
    Bytes again;
    packer.pack(*samples, 0, again);
    const auto back = unpack_samples(again);
    if (!back || back->t != samples->t || back->flags != samples->flags) std::abort();
    return 0;
  }
  const auto transfers = unpack_link(*packed);
  if (!transfers) return 0;
  std::vector<std::uint64_t> scratch;
  Bytes again;
  pack_link(*transfers, scratch, again);
  const auto back = unpack_link(again);
  if (!back || back->t != transfers->t || back->data != transfers->data) std::abort();
  return 0;
}
