package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the key that has signed a token, whatever else is wrong with that token. The key that it
 * names is one check; of a token that names none, or another, each key is tried, and of one that is
 * spelled oddly each reading, a bounded number of times a second: anybody can make such tokens up.
 */
final class SignerSearch {
  /** Checks of signatures in a second: some 40 tokens of a domain with 20 keys. */
  static final int CHECKS_EACH_SECOND = 800;

  /**
   * Keys that are tried. A domain with three purposes, RS256 and ES256, a spare signer and the next
   * keys has 20, and twice as many after a containment.
   */
  private static final int KEYS_MAX = 256;

  private final SignatureCheck signatures;
  private final CompactToken.Reader tokens;
  private long second = Long.MIN_VALUE;
  private int tried;

  SignerSearch(SignatureCheck signatures, CompactToken.Reader tokens) {
    this.signatures = signatures;
    this.tokens = tokens;
  }

  /** A text that a key has signed. */
  record Signed(TrustedKey key, Hash digest) {}

  /**
   * What keys have signed of some texts, each digest once.
   *
   * @param named the key that a text names
   * @param rings the domain's keys and those of other domains that are known here
   */
  List<Signed> all(
      List<SignedText> texts,
      Function<SignedText, @Nullable TrustedKey> named,
      List<VerificationKeys> rings,
      long epochSecond) {
    Map<Hash, Signed> all = new LinkedHashMap<>();
    for (SignedText text : texts) {
      Hash digest = text.digest();
      if (!all.containsKey(digest)) {
        signer(text, named.apply(text), rings, epochSecond)
            .ifPresent(key -> all.put(digest, new Signed(key, digest)));
      }
    }
    return List.copyOf(all.values());
  }

  /**
   * Whether a token that another domain refused names a key of this domain, or one has signed it.
   *
   * @param others keys of the domain that refused it; empty where no domain here knows the token
   */
  boolean isOf(
      VerificationKeys ring, String token, Optional<VerificationKeys> others, long epochSecond) {
    List<SignedText> texts = SignedText.allIn(token);
    if (texts.stream().map(SignedText::kid).anyMatch(kid -> kid != null && ring.key(kid) != null)) {
      return true;
    }
    // Honest tokens that expired are many, and would use up the search for the forged ones.
    boolean isTheirs = others.filter(keys -> isSignedAsNamed(token, keys)).isPresent();
    return !isTheirs && !all(texts, none -> null, List.of(ring), epochSecond).isEmpty();
  }

  /** Whether it is one whole token that the key which it names has signed. */
  private boolean isSignedAsNamed(String token, VerificationKeys ring) {
    try {
      SignedText text = SignedText.of(tokens.parse(token));
      return Optional.ofNullable(ring.key(String.valueOf(text.kid())))
          .filter(key -> text.checks(key) == 1 && text.isSignedBy(key.key(), signatures))
          .isPresent();
    } catch (FormatException e) {
      return false;
    }
  }

  private Optional<TrustedKey> signer(
      SignedText text, @Nullable TrustedKey named, List<VerificationKeys> rings, long epochSecond) {
    return named != null && hasSigned(named, text, epochSecond)
        ? Optional.of(named)
        : find(rings, text, named, epochSecond);
  }

  /** Whether a key has signed a text; of an odd one only so often. */
  private boolean hasSigned(TrustedKey key, SignedText text, long epochSecond) {
    int checks = text.checks(key);
    return (checks == 1 || mayTry(epochSecond, checks)) && text.isSignedBy(key.key(), signatures);
  }

  /**
   * The key of the rings that has signed a text, whatever the text names; or the named one, with
   * another algorithm than its own.
   */
  private Optional<TrustedKey> find(
      List<VerificationKeys> rings, SignedText text, @Nullable TrustedKey named, long epochSecond) {
    List<TrustedKey> keys =
        rings.stream()
            .flatMap(VerificationKeys::signers)
            .filter(key -> !(key.statement().record() instanceof RecordForm.None))
            // Attached issuers may have many: the domain's own come first.
            .sorted(Comparator.comparing(key -> key.statement().isForeign()))
            .limit(KEYS_MAX)
            .toList();
    if (!mayTry(epochSecond, keys.stream().mapToInt(text::checks).sum())) {
      return Optional.empty();
    }
    return keys.stream()
        .filter(key -> text.isSignedBy(key.key(), signatures))
        .findFirst()
        .or(
            () ->
                Optional.ofNullable(named)
                    .filter(key -> text.isSignedOtherwiseBy(key.key(), signatures)));
  }

  private synchronized boolean mayTry(long epochSecond, int checks) {
    if (epochSecond != second) {
      second = epochSecond;
      tried = 0;
    }
    boolean may = tried < CHECKS_EACH_SECOND;
    tried += checks;
    return may;
  }
}
