package dev.counterfoil.scan;

import java.util.List;

/** What "clean" means: the forms that are looked for, and those that are not, in words. */
public final class Forms {
  /** What is found wherever it lies. */
  public static final List<String> LOOKED_FOR =
      List.of(
          "any private key in PEM, PKCS#8, SEC 1 EC, PKCS#1 RSA, OpenSSH and JWK; encrypted PKCS#8, PEM and OpenSSH keys, JKS and JCEKS key stores, and sealed key files, are reported as such; a PEM line that begins a private key is reported also where its body cannot be read",
          "our own ES256 scalars, Ed25519 seeds and scalars, RSA p, q, d, dp, dq, ML-DSA-44 seeds: big-endian, little-endian, and as the int array of a Java BigInteger",
          "our own expanded ML-DSA-44 keys",
          "all of these in base64 and base64url (at any place of a group, in lines, with escaped line ends), in hexadecimal (both cases, with separators), as a decimal number, as a list of decimal bytes; with the escapes of string literals; in UTF-16 and UTF-32; up to four of these in each other",
          "all of these in gzip, zip, tar, zstd, xz, bzip2, lzma, zlib, ar and cpio, in each other");

  /** What may be there and is not found. */
  public static final List<String> NOT_LOOKED_FOR =
      List.of(
          "keys that are encrypted, masked, split, or not contiguous in what was searched",
          "compressed data in the middle of something else, such as a memory image of a compressor",
          "single values that give a key only together with others: RSA's qinv alone, nonces of signatures, Ed25519's nonce prefix, parts of an expanded ML-DSA-44 key",
          "our own keys without a hint beside their public half, but where a structure shows them (PEM, DER, JWK)",
          "other encodings: base32, base85, percent-encoding, hex dumps with addresses, base64 outside of PEM that quotes break");

  private Forms() {}
}
