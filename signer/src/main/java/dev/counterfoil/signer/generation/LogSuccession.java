package dev.counterfoil.signer.generation;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.growth.LogEnds;
import dev.counterfoil.signer.rotation.KeyKeeper;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The change of a log to a successor, which has another origin and another log key: the only change
 * of a log's key that there is. It is announced, so that nobody refuses a token for it: log and
 * token keys of the next generation are made and stated while the present one issues. When every
 * service can know them, and the operator's time has come, the present log is sealed, its keys are
 * destroyed, and the next start goes on in the successor ({@link OpenedGeneration.Opener#open}).
 *
 * <p>What each step leaves when the process dies in it:
 *
 * <ul>
 *   <li>announce: an announced generation, whose log and keys the next start makes and states;
 *   <li>take over: a sealed log, whose end the next start finishes before the successor begins;
 *   <li>give up: the mark that it shall not take over, and the next start destroys its keys.
 * </ul>
 */
public final class LogSuccession {
  private static final System.Logger LOG = System.getLogger(LogSuccession.class.getName());

  /** How far ahead a successor may be announced: its keys rotate meanwhile, and are not used. */
  static final Duration AHEAD_MAX = Duration.ofDays(30);

  /** A generation that waits. */
  private record Announced(
      Generation generation, KeySet.StatedLog log, KeyKeeper keys, Instant at) {}

  /** Makes the keeper of a generation's keys. */
  public interface Keepers {
    KeyKeeper of(Generation generation, KeySet.StatedLog log) throws IOException;
  }

  private final OpenedGeneration.Opener opener;
  private final Keepers keepers;
  private final Supplier<List<Purpose>> purposes;

  /** Read without the lock: whoever holds it may be waiting for the registrar. */
  private volatile @Nullable Announced announced;

  /** Whether it began to take over: too late for whoever would plan otherwise. */
  private boolean takesOver;

  private LogSuccession(
      OpenedGeneration.Opener opener, Keepers keepers, Supplier<List<Purpose>> purposes) {
    this.opener = opener;
    this.keepers = keepers;
    this.purposes = purposes;
  }

  /** Takes up what was announced while a generation runs. */
  public static LogSuccession open(
      OpenedGeneration.Opener opener,
      Keepers keepers,
      Supplier<List<Purpose>> purposes,
      Generation current,
      Instant now)
      throws IOException, GeneralSecurityException {
    LogSuccession succession = new LogSuccession(opener, keepers, purposes);
    for (Generation generation :
        Generation.all(opener.configuration().name(), opener.configuration().process().folder())) {
      Optional<Instant> at = generation.announcedAt();
      if (generation.number() > current.number() && at.isPresent() && !generation.isGivenUp()) {
        succession.announced = succession.opened(generation, at.get(), now);
      }
    }
    return succession;
  }

  private Announced opened(Generation generation, Instant at, Instant now)
      throws IOException, GeneralSecurityException {
    KeySet.StatedLog log = opener.prepare(generation);
    KeyKeeper keys = keepers.of(generation, log);
    keys.load(now);
    return new Announced(generation, log, keys, at);
  }

  /** Announces a successor, or changes the time of one that is announced. */
  public synchronized Answer announce(Instant at, Instant now)
      throws IOException, GeneralSecurityException {
    if (at.isAfter(now.plus(AHEAD_MAX))) {
      return new Answer.Refused(
          Code.MALFORMED,
          "a successor is announced "
              + AHEAD_MAX.toDays()
              + " days ahead at most. Announce it later");
    }
    if (takesOver) {
      return takingOver();
    }
    Announced before = announced;
    Announced after;
    if (before == null) {
      Generation next = opener.next();
      // The mark comes first: a generation without it would be the one to go on with.
      next.announce(at);
      try {
        after = opened(next, at, now);
      } catch (IOException | GeneralSecurityException e) {
        next.giveUp();
        throw e;
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "log {0} is announced. It takes over at {1} at the earliest",
          next.logName(),
          at);
    } else {
      before.generation.announce(at);
      after = new Announced(before.generation, before.log, before.keys, at);
    }
    announced = after;
    return new Answer.Done(
        json(after, now).put("changed", before == null || !before.at.equals(at)).build());
  }

  /** Has the successor's keys stated, and followed when their time is over. */
  public synchronized void step(Instant now)
      throws IOException, GeneralSecurityException, InterruptedException {
    Announced next = announced;
    if (next != null) {
      next.keys.step(now);
    }
  }

  /**
   * Has the successor take over when it is due: its time has come, and every ring has a key that
   * may sign. From then on it cannot be cancelled or put off, since the present log is about to be
   * sealed.
   *
   * @return whether it takes over
   */
  public synchronized boolean takeOver(Instant now) {
    Announced next = announced;
    takesOver |= next != null && !now.isBefore(next.at) && isReady(next, now);
    return takesOver;
  }

  private static Answer.Refused takingOver() {
    return new Answer.Refused(
        Code.CONFLICT,
        "the successor is taking over now. Ask again when the signer has started again");
  }

  private boolean isReady(Announced next, Instant now) {
    return purposes.get().stream()
        .flatMap(purpose -> purpose.rings().stream())
        .allMatch(ring -> next.keys.ring().activeAt(ring, now).isPresent());
  }

  /** A generation that was given up. */
  public record GivenUp(Generation generation, List<String> kids) {
    public JsonObject toJson() {
      return JsonObject.builder().put("log", generation.logName()).put("kids", kids).build();
    }
  }

  /**
   * Gives a successor up that was announced by mistake.
   *
   * @param ends told which log has ended
   */
  public synchronized Answer cancel(Instant now, LogEnds ends)
      throws IOException, GeneralSecurityException {
    if (takesOver) {
      return takingOver();
    }
    Optional<GivenUp> gone = giveUp(now);
    if (gone.isEmpty()) {
      return new Answer.Refused(Code.CONFLICT, "no successor of the log is announced");
    }
    ends.tellGivenUp(gone.get().generation());
    return new Answer.Done(
        JsonObject.builder().put("log", gone.get().generation().logName()).build());
  }

  /**
   * Gives the successor up, if there is one, and destroys its keys: they were resident where
   * somebody was.
   */
  public synchronized Optional<GivenUp> giveUp(Instant now)
      throws IOException, GeneralSecurityException {
    Announced gone = announced;
    if (gone == null) {
      return Optional.empty();
    }
    List<String> kids = gone.keys.kids(now);
    gone.generation.giveUp();
    announced = null;
    gone.keys.destroyAll();
    opener.endGivenUp(gone.generation);
    LOG.log(System.Logger.Level.WARNING, "log {0} is given up", gone.generation.logName());
    return Optional.of(new GivenUp(gone.generation, kids));
  }

  /** What is announced, for the status; nothing when nothing is. Waits for nobody. */
  public @Nullable JsonObject status(Instant now) {
    Announced next = announced;
    return next == null ? null : json(next, now).build();
  }

  private JsonObject.Builder json(Announced next, Instant now) {
    return JsonObject.builder()
        .put("log", next.log.name())
        .put("vkey", next.log.key().toString())
        .put("at", next.at.getEpochSecond())
        .put("ready", isReady(next, now))
        .put("obstacle", isReady(next, now) ? null : next.keys.obstacle());
  }
}
