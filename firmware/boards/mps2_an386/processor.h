// The code of this image, where it lies in the flash.
#pragma once

#include "firmware/hal/hal.h"

namespace pumpfw::mps2 {

hal::Code code();

}  // namespace pumpfw::mps2
