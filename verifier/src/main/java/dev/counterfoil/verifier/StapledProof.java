package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TlogProof;

/** A proof of issuing that a client sends with its token (spec/stapled.md). */
public final class StapledProof {
  /** The request's header that carries it. */
  public static final String HEADER = "Counterfoil-Proof";

  /** Longest value of the header, in characters: 12 KiB of proof. */
  public static final int LENGTH_MAX = 16 * 1024;

  private StapledProof() {}

  /**
   * Reads a header's value: the base64url of a tlog-proof, without padding, in its one spelling.
   */
  static TlogProof parse(String value) throws FormatException {
    if (value.length() > LENGTH_MAX) {
      throw new FormatException("stapled proof is too long");
    }
    return TlogProof.parse(Base64Url.decode(value));
  }

  /**
   * The header's value for a proof.
   *
   * @param tlogProof as the authority gives it (c2sp.org/tlog-proof)
   */
  public static String of(byte[] tlogProof) {
    return Base64Url.encode(tlogProof);
  }
}
