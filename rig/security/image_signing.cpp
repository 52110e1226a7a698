#include "rig/security/image_signing.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

#include "rig/base/sha256.h"
#include "rig/security/test_image_key.h"

namespace pumprig::security {
namespace {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* what) const {
    Free(what);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;
using PrivateKey = Owned<EVP_PKEY, &EVP_PKEY_free>;
using Number = Owned<BIGNUM, &BN_free>;
using Signature = Owned<ECDSA_SIG, &ECDSA_SIG_free>;

constexpr std::size_t kHalf = 32;  // of a signature

std::array<std::uint8_t, 32> sha256_of(ByteView bytes) {
  Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 32> group{};
  std::size_t size = 0;
  return key != nullptr && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

PrivateKey read_private(std::string_view pem) {
  const Owned<BIO, &BIO_free_all> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty password: nobody is asked for one.
  char none[] = "";
  return PrivateKey(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, none) : nullptr);
}

PrivateKey make_public(const ImageKey& key) {
  const Owned<OSSL_PARAM_BLD, &OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, key.data(), key.size());
  const Owned<OSSL_PARAM, &OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(build.get()));
  const Owned<EVP_PKEY_CTX, &EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  const bool done =
      EVP_PKEY_fromdata_init(context.get()) == 1 && EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  return PrivateKey(done ? made : nullptr);
}

}  // namespace

Bytes image_statement(const ImageFacts& image) {
  Bytes out;
  const std::string_view domain = "pumprig image 1";
  out.assign(domain.begin(), domain.end());
  std::string model = image.model;
  model.resize(16);
  out.insert(out.end(), model.begin(), model.end());
  put_le16(out, image.patch);
  put_u8(out, image.minor);
  put_u8(out, image.major);
  put_le32(out, static_cast<std::uint32_t>(image.bytes.size()));
  const auto hash = sha256_of(image.bytes);
  out.insert(out.end(), hash.begin(), hash.end());
  return out;
}

Result<ImageSignature> sign_image(std::string_view private_key, const ImageFacts& image) {
  if (image.model.empty() || image.model.size() > 16) return fail(ErrorCode::kInvalidArgument, "a model has 1 to 16 characters");
  if (image.bytes.empty()) return fail(ErrorCode::kInvalidArgument, "the image is empty");
  const PrivateKey key = read_private(private_key);
  if (!is_p256(key.get())) {
    return fail(ErrorCode::kInvalidArgument, "this is no private key of P-256 in PEM; openssl ecparam -name prime256v1 -genkey makes one");
  }
  const Bytes statement = image_statement(image);
  const Owned<EVP_MD_CTX, &EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  Bytes der(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())));
  std::size_t size = der.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &size, statement.data(), statement.size()) != 1) {
    return fail(ErrorCode::kInternal, "the image could not be signed");
  }
  const std::uint8_t* at = der.data();
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  ImageSignature out{};
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), kHalf) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + kHalf, kHalf) < 0) {
    return fail(ErrorCode::kInternal, "the signature has no such form");
  }
  return out;
}

// FIPS 186-4, 6.4, with a number k that comes from the image: r is the x of k·G, s = k⁻¹·(z + r·d), both modulo the order.
Result<ImageSignature> sign_test_image(const ImageFacts& image) {
  const PrivateKey key = read_private(kTestImageKeyPem);
  BIGNUM* scalar = nullptr;
  const bool read = key && EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1;
  const Number d(scalar);
  const auto hash = sha256_of(image_statement(image));
  const auto hash_again = sha256_of(hash);
  const Owned<BN_CTX, &BN_CTX_free> work(BN_CTX_new());
  const Owned<EC_GROUP, &EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const Owned<EC_POINT, &EC_POINT_free> point(group ? EC_POINT_new(group.get()) : nullptr);
  const Number z(BN_bin2bn(hash.data(), static_cast<int>(hash.size()), nullptr));
  const Number k(BN_bin2bn(hash_again.data(), static_cast<int>(hash_again.size()), nullptr));
  const Number r(BN_new());
  const Number s(BN_new());
  const Number x(BN_new());
  if (!read || !work || !point || !z || !k || !r || !s || !x) return fail(ErrorCode::kInternal, "there is no arithmetic of P-256");
  const BIGNUM* order = EC_GROUP_get0_order(group.get());
  BN_CTX* const ctx = work.get();
  const bool done = EC_POINT_mul(group.get(), point.get(), k.get(), nullptr, nullptr, ctx) == 1 &&
                    EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), nullptr, ctx) == 1 &&
                    BN_nnmod(r.get(), x.get(), order, ctx) == 1 && BN_mod_mul(s.get(), r.get(), d.get(), order, ctx) == 1 &&
                    BN_mod_add(s.get(), s.get(), z.get(), order, ctx) == 1 && BN_mod_inverse(x.get(), k.get(), order, ctx) != nullptr &&
                    BN_mod_mul(s.get(), s.get(), x.get(), order, ctx) == 1;
  ImageSignature out{};
  if (!done || BN_bn2binpad(r.get(), out.data(), kHalf) < 0 || BN_bn2binpad(s.get(), out.data() + kHalf, kHalf) < 0) {
    return fail(ErrorCode::kInternal, "the image could not be signed");
  }
  return out;
}

bool image_is_authentic(const ImageKey& key, const ImageFacts& image, const ImageSignature& signature) {
  const PrivateKey point = make_public(key);
  if (!point) return false;
  const Signature parts(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(signature.data(), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(signature.data() + kHalf, kHalf, nullptr);
  if (!parts || ECDSA_SIG_set0(parts.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return false;
  }
  std::uint8_t* der = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &der);
  const Bytes encoded = size > 0 ? Bytes(der, der + size) : Bytes();
  OPENSSL_free(der);
  const Bytes statement = image_statement(image);
  const Owned<EVP_MD_CTX, &EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, point.get()) == 1 &&
         EVP_DigestVerify(context.get(), encoded.data(), encoded.size(), statement.data(), statement.size()) == 1;
}

pumpfw::protocol::BeginImage announce(const ImageFacts& image, const ImageSignature& signature) {
  pumpfw::protocol::BeginImage out;
  out.model = image.model.c_str();
  out.version_major = image.major;
  out.version_minor = image.minor;
  out.version_patch = image.patch;
  out.size = static_cast<std::uint32_t>(image.bytes.size());
  out.sha256 = sha256_of(image.bytes);
  out.signature = signature;
  return out;
}

pumpfw::protocol::ImagePart part_at(const ImageFacts& image, std::uint32_t offset) {
  pumpfw::protocol::ImagePart out;
  out.offset = offset;
  const std::size_t size = std::min(out.bytes.size(), image.bytes.size() - offset);
  std::copy_n(image.bytes.begin() + offset, size, out.bytes.begin());
  return out;
}

}  // namespace pumprig::security
