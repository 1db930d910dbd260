package dev.counterfoil.format.keys;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * How it is known that a key's token was issued. It stands in the key's statement, so that a forger
 * cannot choose his check.
 */
public sealed interface RecordForm {
  /**
   * Its signer records each token before it signs it; the token's {@code jti} names the position.
   *
   * @param log short name of the one log that records them
   */
  record Position(String log) implements RecordForm {
    public Position {
      requireLogName(log);
    }

    @Override
    public Optional<String> logName() {
      return Optional.of(log);
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder().put("form", "position").put("log", log).build();
    }
  }

  /**
   * Another issuer composes the tokens and hands in their digests before it releases them
   * (spec/record-door.md); they are found by the full digest.
   *
   * @param log short name of the record log that takes the digests; those of later generations of
   *     its door follow it
   */
  record Digest(String log) implements RecordForm {
    public Digest {
      requireLogName(log);
    }

    /**
     * Whether digests count that stand in a log: in the one that is named, and in those of later
     * generations of the same door (spec/keys.md). None of an earlier one ever counts.
     */
    public boolean covers(String other) {
      return log.equals(other)
          || LogName.parse(log)
              .filter(LogName::isRecordLog)
              .flatMap(own -> LogName.parse(other).filter(own::isBefore))
              .isPresent();
    }

    @Override
    public Optional<String> logName() {
      return Optional.of(log);
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder().put("form", "digest").put("log", log).build();
    }
  }

  /**
   * Nobody records them: a legacy key, whose tokens are never more than {@code Unrecorded}, and
   * that only until a date.
   *
   * @param until from then on none of its tokens is honoured
   */
  record None(Instant until) implements RecordForm {
    @Override
    public Optional<String> logName() {
      return Optional.empty();
    }

    @Override
    public JsonObject toJson() {
      return JsonObject.builder().put("form", "none").put("until", until.getEpochSecond()).build();
    }
  }

  /** Short name of the log that records the tokens; empty where nobody records them. */
  Optional<String> logName();

  /** As it stands in a statement. */
  JsonObject toJson();

  /** Reads a form; one that is not known is refused, since nobody could check it. */
  static RecordForm parse(JsonObject json) throws FormatException {
    try {
      return switch (json.string("form")) {
        case "position" -> {
          json.allowOnly("form", "log");
          yield new Position(json.string("log"));
        }
        case "digest" -> {
          json.allowOnly("form", "log");
          yield new Digest(json.string("log"));
        }
        case "none" -> {
          json.allowOnly("form", "until");
          yield new None(KeyStatement.instant(json, "until"));
        }
        default -> throw new FormatException("record form is not supported");
      };
    } catch (IllegalArgumentException e) {
      throw new FormatException("record form names no log", e);
    }
  }

  private static void requireLogName(String log) {
    if (!TokenId.isLogName(log) || log.equals(LogName.KEY_LOG)) {
      throw new IllegalArgumentException("a record form names a log");
    }
  }
}
