package dev.counterfoil.monitor.judging;

import dev.counterfoil.custodian.following.FollowedLogView;
import dev.counterfoil.custodian.held.HeldToken;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Whether there is a counterfoil of a token that was presented. Remembers how far custody came, and
 * changes nothing. Belongs to one thread.
 *
 * <p>A token may be a moment ahead of its log's checkpoint. So no position past the tip is held
 * against it before a checkpoint came that was asked for later than the sighting plus {@code
 * settle}.
 */
final class CounterfoilSearch {
  /** How the record answers for a token. */
  enum Recorded {
    YES,
    NO,
    ANOTHER_TOKEN,
    BEYOND_TIP,
    /** Its log ended by losing entries, and it may have been one of them. */
    LOST,
    NOT_YET_KNOWN,
    NO_IDENTIFIER
  }

  private final Duration settle;
  private final Map<String, Custody> custodies = new HashMap<>();

  /**
   * How far the counterfoils of a log are held: all that a checkpoint covers which was asked for at
   * {@code heldAsOf}, and soon all of the next one. A log that grows always has more than is held,
   * so that the two sizes of one view are no measure.
   */
  private static final class Custody {
    private Instant heldAsOf = Instant.MIN;
    private Instant nextAsOf = Instant.MIN;
    private long nextSize = Long.MAX_VALUE;

    void see(FollowedLogView view) {
      if (view.heldSize() >= nextSize) {
        heldAsOf = nextAsOf;
        nextSize = Long.MAX_VALUE;
      }
      if (view.heldSize() >= view.checkpointSize()) {
        heldAsOf = view.asOf();
        nextSize = Long.MAX_VALUE;
      } else if (nextSize == Long.MAX_VALUE) {
        nextAsOf = view.asOf();
        nextSize = view.checkpointSize();
      }
    }
  }

  CounterfoilSearch(Duration settle) {
    this.settle = settle;
  }

  /** When what is not known yet is decided on what is. */
  Instant decideAt(TokenCase that) {
    return that.receivedAt().plus(settle);
  }

  /** How the record answers for a token. */
  Recorded of(TokenCase that) throws IOException {
    Presented presented = that.presented();
    Optional<TokenId> id = presented.parsedTokenId();
    if (isNoTokenOfItsSigner(that, id)) {
      // Nothing is waited for: no checkpoint to come can hold it.
      return that.domain().holds(presented.digest().orElseThrow()) ? Recorded.YES : Recorded.NO;
    }
    if (id.isEmpty()) {
      if (presented.digest().isPresent()) {
        return anywhere(that, presented.digest().get());
      }
      return presented.tokenId().isPresent() ? Recorded.NO : Recorded.NO_IDENTIFIER;
    }
    if (that.keys().log(id.get().log()).isEmpty() || TokenId.isRecordLogName(id.get().log())) {
      // A log that nobody stated, or that was, a moment ago; or one that holds no such token.
      return that.now().isBefore(decideAt(that)) ? Recorded.NOT_YET_KNOWN : Recorded.NO;
    }
    long position = id.get().position();
    if (position < that.domain().heldSize(id.get().log())) {
      // What is held is known whoever answers for the log: its host may be gone.
      Optional<Boolean> same = isSame(that, id.get());
      if (same.isPresent()) {
        return same.get() ? Recorded.YES : Recorded.ANOTHER_TOKEN;
      }
      // Forgotten after its time: the leaf is still in the log.
    }
    Optional<FollowedLogView> view = that.domain().view(id.get().log());
    if (view.isEmpty()) {
      return Recorded.NOT_YET_KNOWN;
    }
    if (isLost(that, id.get(), view.get())) {
      return Recorded.LOST;
    }
    if (position < view.get().checkpointSize()) {
      return inTile(that, id.get(), view.get());
    }
    return view.get().asOf().isBefore(decideAt(that))
        ? Recorded.NOT_YET_KNOWN
        : Recorded.BEYOND_TIP;
  }

  /**
   * Whether the key has signed what its signer never composes: a token whose identifier names no
   * position, or one of any log but that in which the key's statement says that its tokens are
   * recorded.
   */
  private static boolean isNoTokenOfItsSigner(TokenCase that, Optional<TokenId> id) {
    if (!(that.signedByKey() || that.presented().sighting().signed())
        || that.presented().digest().isEmpty()
        || that.key().isEmpty()
        || !(that.key().get().statement().record() instanceof RecordForm.Position own)) {
      return false;
    }
    // Of a token that did not come whole, a lacking identifier is only one that nobody reported.
    return id.map(named -> !named.log().equals(own.log())).orElse(that.signedByKey());
  }

  /** Whether a token stands past all that is left of a log that ended by losing entries. */
  private static boolean isLost(TokenCase that, TokenId id, FollowedLogView view) {
    return id.position() >= view.checkpointSize()
        && that.keys().endedLogs().stream()
            .anyMatch(
                ended ->
                    ended.log().equals(id.log())
                        && ended.reason().losesTokens()
                        && id.position() >= ended.size());
  }

  /**
   * Whether the token that is held at a position is the presented one: by its digest, which the
   * index has, or else by every claim that was reported. Empty where none is held any more.
   */
  private static Optional<Boolean> isSame(TokenCase that, TokenId id) throws IOException {
    Presented presented = that.presented();
    if (presented.digest().isPresent()) {
      return that.domain()
          .heldDigest(id.log(), id.position())
          .map(held -> held.equals(presented.digest().get()));
    }
    return that.domain()
        .counterfoil(id.log(), id.position())
        .map(counterfoil -> isAlike(presented, counterfoil));
  }

  private static boolean isAlike(Presented presented, HeldToken counterfoil) {
    return fits(presented.kid(), Optional.of(counterfoil.kid()))
        && fits(presented.issuer(), counterfoil.text("iss"))
        && fits(presented.tenant(), counterfoil.text("tenant"))
        && fits(presented.subject(), counterfoil.text("sub"))
        && fits(presented.clientId(), counterfoil.text("client_id"))
        && fits(presented.tokenId(), counterfoil.text("jti"))
        && fits(presented.issuedAt(), counterfoil.number("iat"))
        && fits(presented.expiresAt(), counterfoil.number("exp"));
  }

  private static <T> boolean fits(Optional<T> reported, Optional<T> recorded) {
    return reported.isEmpty() || reported.equals(recorded);
  }

  /** The counterfoil is on its way, and may be late: the leaf in the log decides about a digest. */
  private Recorded inTile(TokenCase that, TokenId id, FollowedLogView view) {
    if (that.now().isBefore(decideAt(that)) || that.presented().digest().isEmpty()) {
      return Recorded.NOT_YET_KNOWN;
    }
    Optional<Hash> logged =
        that.domain().loggedDigest(id.log(), id.position(), view.checkpointSize());
    if (logged.isEmpty()) {
      return Recorded.NOT_YET_KNOWN;
    }
    return logged.equals(that.presented().digest()) ? Recorded.YES : Recorded.ANOTHER_TOKEN;
  }

  /** A digest without a position: looked for in every log, and waited for in its key's own. */
  private Recorded anywhere(TokenCase that, Hash digest) throws IOException {
    // How far it is held is asked first: what comes between is in what is looked through.
    boolean everything = isEverythingHeld(that);
    if (that.domain().holds(digest)) {
      return Recorded.YES;
    }
    return everything ? Recorded.NO : Recorded.NOT_YET_KNOWN;
  }

  /** The log that records the tokens of the key; empty where that is not known. */
  private static Optional<String> ownLog(TokenCase that) {
    return that.key()
        .filter(key -> key.domain().equals(that.domain().name()))
        .map(key -> key.statement().record())
        .map(record -> record instanceof RecordForm.Position own ? own.log() : null)
        .filter(name -> that.keys().log(name).isPresent());
  }

  /**
   * Whether every token is held that can have been presented: of the key's own log, or of all of
   * the domain's where the key is not known. Another log that is away hides no forgery.
   */
  private boolean isEverythingHeld(TokenCase that) {
    Optional<String> own = ownLog(that);
    boolean everything = true;
    for (KeySet.StatedLog log : that.keys().logs()) {
      if (TokenId.isRecordLogName(log.name())
          || own.filter(name -> !name.equals(log.name())).isPresent()) {
        // It never holds a token of the key.
        continue;
      }
      Optional<FollowedLogView> view = that.domain().view(log.name());
      if (view.isEmpty()) {
        return false;
      }
      Custody custody =
          custodies.computeIfAbsent(that.domain().name() + " " + log.name(), one -> new Custody());
      custody.see(view.get());
      everything &= !custody.heldAsOf.isBefore(decideAt(that));
    }
    return everything;
  }
}
