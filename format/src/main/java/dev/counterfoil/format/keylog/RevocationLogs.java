package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent.GroupRevoked;
import dev.counterfoil.format.keylog.KeyLogEvent.RevocationLogEnded;
import dev.counterfoil.format.keylog.KeyLogEvent.RevocationLogStated;
import dev.counterfoil.format.keylog.KeyLogEvent.TokenRevoked;
import dev.counterfoil.format.note.NoteKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Where a domain's revocations of tokens stand, as its key log says: at most one revocation log is
 * open, whose size each head gives ({@link RevocationTip}); those that have ended are read until
 * the last token that they name has expired. Not safe for concurrent use.
 */
public final class RevocationLogs {
  /** The folder of revocation logs below the key log's URL. */
  public static final String FOLDER = "revoked";

  /**
   * A log that has ended.
   *
   * @param number its number
   * @param size number of its entries
   * @param root of its tree
   * @param until when nobody has to read it any more
   */
  public record Ended(long number, long size, Hash root, Instant until) {}

  private long last;
  private OptionalLong open = OptionalLong.empty();
  private Instant openSince = Instant.EPOCH;
  private final Map<Long, Ended> ended = new TreeMap<>();

  RevocationLogs() {}

  /** A log's path below the key log's URL or folder, such as {@code revoked/7}. */
  public static String path(long number) {
    return FOLDER + "/" + number;
  }

  /** A log's key: the key log's, under the name of this log. */
  public static NoteKey key(NoteKey keyLog, long number) {
    return new NoteKey(keyLog.name() + "/" + path(number), keyLog.publicKey());
  }

  static long number(JsonObject json) throws FormatException {
    long number = KeySet.position(json, "number");
    if (number == 0) {
      throw new FormatException("the first revocation log is number 1");
    }
    return number;
  }

  /** Reads an entry of a revocation log: the revocation of a token or of a group, and no other. */
  static KeyLogEvent.Takes parse(byte[] entry) throws FormatException {
    KeyLogEvent event = KeyLogEntry.parseTaking(entry).event();
    if (event instanceof TokenRevoked token) {
      return token;
    }
    if (event instanceof GroupRevoked group) {
      return group;
    }
    throw new FormatException("a revocation log has revocations of tokens and groups alone");
  }

  void state(RevocationLogStated log, Instant at) throws FormatException {
    if (open.isPresent() || log.number() != last + 1) {
      throw new FormatException("a revocation log does not follow the one before");
    }
    last = log.number();
    open = OptionalLong.of(last);
    openSince = at;
  }

  void end(RevocationLogEnded log) throws FormatException {
    if (open.isEmpty() || open.getAsLong() != log.number()) {
      throw new FormatException("a revocation log ends that is not open");
    }
    open = OptionalLong.empty();
    ended.put(log.number(), new Ended(log.number(), log.size(), log.root(), log.until()));
  }

  /** The log that takes revocations now. */
  public OptionalLong open() {
    return open;
  }

  /** When it was stated; of no use where none is open. */
  public Instant openSince() {
    return openSince;
  }

  /** Whether verifiers read it. */
  public boolean isLive(long number) {
    return ended.containsKey(number) || (open.isPresent() && open.getAsLong() == number);
  }

  /** The last number that was stated; 0 before the first. */
  public long last() {
    return last;
  }

  /** Those that have ended and may name a token that has not expired. */
  public List<Ended> ended() {
    return new ArrayList<>(ended.values());
  }

  /** How one has ended; empty where it is open, unknown or forgotten. */
  public Optional<Ended> ended(long number) {
    return Optional.ofNullable(ended.get(number));
  }

  void forget(Instant now) {
    ended.values().removeIf(log -> !now.isBefore(log.until()));
  }

  RevocationLogs copy() {
    RevocationLogs copy = new RevocationLogs();
    copy.last = last;
    copy.open = open;
    copy.openSince = openSince;
    copy.ended.putAll(ended);
    return copy;
  }
}
