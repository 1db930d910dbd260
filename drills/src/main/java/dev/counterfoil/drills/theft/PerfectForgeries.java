package dev.counterfoil.drills.theft;

import com.nimbusds.jose.JOSEException;
import dev.counterfoil.drills.domain.DpopKey;
import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.verifier.RefusalCode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a thief who holds a signer's key and some honest tokens can make of them. Each time it is
 * asked, the tokens are other ones: what one service has reported, another has not seen.
 */
final class PerfectForgeries {
  private static final Duration LIFE = Duration.ofMinutes(10);

  /** Further than any log comes during a drill. */
  private static final long FAR = 50_000_000;

  private final Forger thief;
  private final List<Acknowledged> honest;
  private final InstantSource clock;

  /**
   * One forged token.
   *
   * @param what the thief tried
   * @param codes one of which must answer it
   * @param isPerfect whether nothing is wrong with it but that it was never issued: then it must
   *     become a finding
   * @param isSignedForAll whether every service that refuses it has seen that the key signed it: it
   *     must become a finding, too
   * @param boundTo the thief's own key, to which it is bound
   */
  record Forgery(
      String what,
      String token,
      Set<RefusalCode> codes,
      boolean isPerfect,
      boolean isSignedForAll,
      Optional<DpopKey> boundTo) {
    /** Whether an answer is the right one. */
    boolean isStopped(RefusalCode code, Set<RefusalCode> unshown) {
      // A proof that does not fit shows nothing: what stands in the token's place is not known.
      return codes.contains(code) || (isPerfect && unshown.contains(code));
    }

    Hash digest() {
      return Hash.sha256(
          token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    }

    /** Leaves the token out. */
    @Override
    public String toString() {
      return "Forgery[" + what + "]";
    }
  }

  PerfectForgeries(Forger thief, List<Acknowledged> honest, InstantSource clock) {
    this.thief = thief;
    this.honest = honest;
    this.clock = clock;
  }

  /** Those with which nothing is wrong but that they were never issued. */
  List<Forgery> neverIssued(String forWhom) throws GeneralSecurityException, JOSEException {
    return all(forWhom).stream().filter(Forgery::isPerfect).toList();
  }

  /** All of them. */
  List<Forgery> all(String forWhom) throws GeneralSecurityException, JOSEException {
    Acknowledged first = honest.getFirst();
    Acknowledged last = honest.getLast();
    String log = last.id().log();
    List<Forgery> all = new ArrayList<>();
    all.add(
        perfect(
            "the jti of an honest token, for somebody else",
            RefusalCode.NEVER_ISSUED,
            claims -> claims.put("sub", "mallory-" + forWhom)));
    all.add(
        perfect(
            "the claims of an honest token, a second less of life",
            RefusalCode.NEVER_ISSUED,
            claims ->
                claims
                    .put("exp", claims.path("exp").asLong() - 1)
                    .put("client_id", "robot-" + forWhom)));
    all.add(
        perfect(
            "the position of an old token and a new jti",
            RefusalCode.NEVER_ISSUED,
            claims -> claims.put("jti", jti(log, first.id().position(), forWhom))));
    all.add(
        perfect(
            "the position of the last token",
            RefusalCode.NEVER_ISSUED,
            claims -> claims.put("jti", jti(log, last.id().position(), "last " + forWhom))));
    all.add(
        perfect(
            "a position that the log has not reached",
            RefusalCode.BEYOND_TIP,
            claims -> claims.put("jti", jti(log, last.id().position() + FAR, forWhom))));
    all.add(bound(forWhom));
    all.add(
        found(
            "a UUID for a jti",
            RefusalCode.TOKEN_ID,
            claims -> claims.put("jti", UUID.randomUUID().toString())));
    all.add(
        found(
            "a position of another log",
            RefusalCode.WRONG_LOG,
            claims -> claims.put("jti", jti("s9g9", 0, forWhom))));
    long now = clock.instant().getEpochSecond();
    // Not before its key was active, which is another mistake.
    long issued = first.at().getEpochSecond();
    all.add(
        other(
            "expired",
            RefusalCode.EXPIRED,
            claims -> claims.put("iat", issued).put("exp", issued + 1)));
    all.add(
        other(
            "of the future",
            RefusalCode.NOT_YET_VALID,
            claims -> claims.put("iat", now + 300).put("exp", now + LIFE.toSeconds())));
    all.add(
        new Forgery(
            "an honest counterfoil, verified before, under another token's signature",
            last.token().substring(0, last.token().lastIndexOf('.'))
                + first.token().substring(first.token().lastIndexOf('.')),
            Set.of(RefusalCode.SIGNATURE),
            false,
            false,
            Optional.empty()));
    return all;
  }

  /** One for a position that the log has not reached, where he plants its leaf on a service. */
  Forgery planted(long position) throws GeneralSecurityException {
    String log = honest.getLast().id().log();
    return perfect(
        "a planted leaf in what the service receives",
        RefusalCode.NEVER_ISSUED,
        claims -> claims.put("jti", jti(log, position, "planted")));
  }

  private Forgery perfect(String what, RefusalCode code, Consumer<ObjectNode> changes)
      throws GeneralSecurityException {
    return new Forgery(what, forged(changes), Set.of(code), true, true, Optional.empty());
  }

  private Forgery other(String what, RefusalCode code, Consumer<ObjectNode> changes)
      throws GeneralSecurityException {
    return new Forgery(what, forged(changes), Set.of(code), false, false, Optional.empty());
  }

  private Forgery found(String what, RefusalCode code, Consumer<ObjectNode> changes)
      throws GeneralSecurityException {
    return new Forgery(what, forged(changes), Set.of(code), false, true, Optional.empty());
  }

  /** The thief's own key is no obstacle to him: he binds the token to it and proves it. */
  private Forgery bound(String forWhom) throws GeneralSecurityException, JOSEException {
    DpopKey own = DpopKey.generate();
    String thumbprint = own.thumbprint();
    return new Forgery(
        "bound to a key of the thief, with its proof",
        forged(
            claims ->
                claims.put("sub", "bound-" + forWhom).putObject("cnf").put("jkt", thumbprint)),
        Set.of(RefusalCode.NEVER_ISSUED),
        true,
        true,
        Optional.of(own));
  }

  private String forged(Consumer<ObjectNode> changes) throws GeneralSecurityException {
    return thief.copyOf(honest.getLast().token(), changes);
  }

  private static String jti(String log, long position, String commitment) {
    return log
        + "."
        + position
        + "."
        + Hash.sha256(commitment.getBytes(StandardCharsets.UTF_8)).base64Url();
  }
}
