package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.Spelled;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteKey;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;

/**
 * What an entry of the key log says. What {@link Gives gives} trust is signed by the statement key
 * that the root delegated to. What {@link Takes takes} trust away needs no signature beside the
 * log's: whoever could put a false one there could as well refuse to serve the log, and a verifier
 * takes up 100,000 revocations without checking 100,000 signatures.
 */
public sealed interface KeyLogEvent {
  /** Its name, and the members beside those that every entry has. */
  JsonObject.Builder write(JsonObject.Builder json);

  /** Makes trust, or says where to look for what makes it. */
  sealed interface Gives extends KeyLogEvent
      permits KeyStated, LogStated, LogMoved, RotationPaused, AuditLogStated, DisclosureKeyStated {}

  /** Ends trust. */
  sealed interface Takes extends KeyLogEvent
      permits TokenRevoked,
          GroupRevoked,
          RevocationLogStated,
          RevocationLogEnded,
          KeyTainted,
          KeyRevoked,
          KeyRetired,
          KeyWithdrawn,
          LogEnded,
          AuditLogEnded {}

  /**
   * A key may sign from now on, inside its statement.
   *
   * @param key the statement; its log was stated before
   */
  record KeyStated(KeyStatement key) implements Gives {
    static final String NAME = "key-stated";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME).put("key", key.toJson());
    }
  }

  /**
   * A log records tokens from now on. It keeps its name and its key for life.
   *
   * @param log the log
   */
  record LogStated(StatedLog log) implements Gives {
    static final String NAME = "log-stated";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME)
          .put("name", log.name())
          .put("vkey", log.key().toString())
          .put("url", log.url().toString());
    }
  }

  /**
   * A log is read elsewhere from now on, such as at the mirror of a custodian after its host was
   * lost.
   *
   * @param log its short name
   * @param url prefix of its tiles, without a trailing slash
   */
  record LogMoved(String log, URI url) implements Gives {
    static final String NAME = "log-moved";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME).put("name", log).put("url", url.toString());
    }
  }

  /**
   * A signer's keys do not change until a time: an operator's wish, which ends by itself. It makes
   * no key good for longer.
   *
   * @param log short name of the signer's log
   * @param until when rotation goes on; not after the entry's own time where somebody resumed it
   * @param by the Unix user who asked
   */
  record RotationPaused(String log, Instant until, String by) implements Gives {
    static final String NAME = "rotation-paused";

    /** Most characters of a user's name. */
    static final int BY_CHARACTERS_MAX = 64;

    public RotationPaused {
      if (by.isEmpty() || by.length() > BY_CHARACTERS_MAX) {
        throw new IllegalArgumentException("whoever pauses has a name");
      }
    }

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME)
          .put("log", log)
          .put("until", until.getEpochSecond())
          .put("by", by);
    }
  }

  /**
   * One token is no good.
   *
   * @param log short name of its log
   * @param position its position there
   * @param until its expiry, after which the revocation may be forgotten
   */
  record TokenRevoked(String log, long position, Instant until) implements Takes {
    static final String NAME = "token-revoked";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME)
          .put("log", log)
          .put("position", position)
          .put("until", until.getEpochSecond());
    }
  }

  /**
   * All tokens of a group that were issued before a time are no good. Stands in a revocation log.
   *
   * @param group the handle that they carry
   * @param before the first time of issue that is good again
   * @param until when the last of them has expired, after which the revocation may be forgotten
   */
  record GroupRevoked(GroupHandle group, Instant before, Instant until) implements Takes {
    static final String NAME = "group-revoked";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME)
          .put("group", group.toString())
          .put("before", before.getEpochSecond())
          .put("until", until.getEpochSecond());
    }
  }

  /**
   * A revocation log takes revocations of tokens from now on; each head of the key log says how
   * large it is ({@link RevocationTip}), until it ends. Neither gives nor takes trust by itself.
   *
   * @param number one more than the last one's; the first is 1
   */
  record RevocationLogStated(long number) implements Takes {
    static final String NAME = "revocation-log-stated";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME).put("number", number);
    }
  }

  /**
   * The open revocation log has ended.
   *
   * @param number its number
   * @param size how many revocations it has, for good
   * @param root of its tree
   * @param until when the last token that it names has expired: nobody reads it after that but
   *     auditors
   */
  record RevocationLogEnded(long number, long size, Hash root, Instant until) implements Takes {
    static final String NAME = "revocation-log-ended";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME)
          .put("number", number)
          .put("size", size)
          .put("root", root.base64())
          .put("until", until.getEpochSecond());
    }
  }

  /**
   * A key's tokens are no good from a position of its log on.
   *
   * @param kid the key
   * @param log short name of its log
   * @param from first position that is no good; 0 for all
   */
  record KeyRevoked(String kid, String log, long from) implements Takes {
    static final String NAME = "key-revoked";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME).put("kid", kid).put("log", log).put("from", from);
    }
  }

  /**
   * A key may be stolen: its signer signs with it no more, and whoever sees it used sounds an
   * alarm. Its earlier tokens are good.
   *
   * @param kid the key
   * @param from no token that is dated at or after this counts; a little after the entry, for the
   *     tokens that the signer makes before it knows
   */
  record KeyTainted(String kid, Instant from) implements Takes {
    static final String NAME = "key-tainted";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME).put("kid", kid).put("from", from.getEpochSecond());
    }
  }

  /**
   * A key signs no more, since another one took over or its window ended, and its private half is
   * destroyed. No token that is dated after the entry counts; those before it are good.
   *
   * @param kid the key
   */
  record KeyRetired(String kid) implements Takes {
    static final String NAME = "key-retired";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME).put("kid", kid);
    }
  }

  /**
   * A key is trusted no more: none of its tokens is good.
   *
   * @param kid the key
   * @param reason why
   */
  record KeyWithdrawn(String kid, WithdrawalReason reason) implements Takes {
    static final String NAME = "key-withdrawn";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME).put("kid", kid).put("reason", reason.text());
    }
  }

  /** Why a key is trusted no more. */
  enum WithdrawalReason implements Spelled {
    /** All its tokens have expired: the last step of every key's life. */
    ENDED,
    /** Somebody took it back before: whoever uses it has what he should not have. */
    COMPROMISED;

    /** Reads a reason. */
    public static WithdrawalReason parse(String text) throws FormatException {
      return Spelled.parse(WithdrawalReason.class, text, "a key's withdrawal has another reason");
    }
  }

  /**
   * A log has ended: nothing past its size was ever issued by it.
   *
   * @param log its short name
   * @param size how many entries it has, for good
   * @param successor short name of the log that follows, announced before it is stated; none when
   *     the signer is given up
   * @param reason why
   */
  record LogEnded(String log, long size, Optional<String> successor, EndReason reason)
      implements Takes {
    static final String NAME = "log-ended";

    @Override
    public JsonObject.Builder write(JsonObject.Builder json) {
      return json.put("event", NAME)
          .put("log", log)
          .put("size", size)
          .put("successor", successor.orElse(null))
          .put("reason", reason.text());
    }
  }

  /** Why a log ended. */
  enum EndReason implements Spelled {
    /** The signer was replaced on purpose. */
    REPLACED,
    /** An operator planned it: the successor was announced and has taken over, or was given up. */
    PLANNED,
    /**
     * The disk went back to an earlier state: tokens past the size may have been issued and are
     * lost, which is not forged.
     */
    ROLLED_BACK,
    /** The host is gone: as above. */
    LOST;

    /** Whether honest tokens may stand past the size. */
    public boolean losesTokens() {
      return this == ROLLED_BACK || this == LOST;
    }

    /** Reads a reason. */
    public static EndReason parse(String text) throws FormatException {
      return Spelled.parse(EndReason.class, text, "a log's end has another reason");
    }
  }

  /** Whether an entry of this name must be signed; an unknown one is refused. */
  static boolean gives(String name) throws FormatException {
    return switch (name) {
      case KeyStated.NAME,
          LogStated.NAME,
          LogMoved.NAME,
          RotationPaused.NAME,
          AuditLogStated.NAME,
          DisclosureKeyStated.NAME ->
          true;
      case TokenRevoked.NAME,
          GroupRevoked.NAME,
          RevocationLogStated.NAME,
          RevocationLogEnded.NAME,
          KeyTainted.NAME,
          KeyRevoked.NAME,
          KeyRetired.NAME,
          KeyWithdrawn.NAME,
          LogEnded.NAME,
          AuditLogEnded.NAME ->
          false;
      // It may be a restriction, so nobody goes on past what he does not understand.
      default -> throw new FormatException("unknown event");
    };
  }

  /** Reads an event; {@code common} are the members that the entry has beside it. */
  static KeyLogEvent parse(JsonObject json, String... common) throws FormatException {
    return switch (json.string("event")) {
      case KeyStated.NAME -> {
        allow(json, common, "key");
        yield new KeyStated(KeyStatement.parse(json.object("key")));
      }
      case LogStated.NAME -> {
        allow(json, common, "name", "vkey", "url");
        yield new LogStated(
            new StatedLog(logName(json, "name"), NoteKey.parse(json.string("vkey")), url(json)));
      }
      case LogMoved.NAME -> {
        allow(json, common, "name", "url");
        yield new LogMoved(logName(json, "name"), url(json));
      }
      case TokenRevoked.NAME -> {
        allow(json, common, "log", "position", "until");
        yield new TokenRevoked(
            logName(json, "log"),
            KeySet.position(json, "position"),
            KeyStatement.instant(json, "until"));
      }
      case GroupRevoked.NAME -> {
        allow(json, common, "group", "before", "until");
        yield new GroupRevoked(
            GroupHandle.parse(json.string("group")),
            KeyStatement.instant(json, "before"),
            KeyStatement.instant(json, "until"));
      }
      case RevocationLogStated.NAME -> {
        allow(json, common, "number");
        yield new RevocationLogStated(RevocationLogs.number(json));
      }
      case RevocationLogEnded.NAME -> {
        allow(json, common, "number", "size", "root", "until");
        yield new RevocationLogEnded(
            RevocationLogs.number(json),
            KeySet.position(json, "size"),
            Hash.parseBase64(json.string("root")),
            KeyStatement.instant(json, "until"));
      }
      case KeyRevoked.NAME -> {
        allow(json, common, "kid", "log", "from");
        yield new KeyRevoked(kid(json), logName(json, "log"), KeySet.position(json, "from"));
      }
      case KeyTainted.NAME -> {
        allow(json, common, "kid", "from");
        yield new KeyTainted(kid(json), KeyStatement.instant(json, "from"));
      }
      case KeyRetired.NAME -> {
        allow(json, common, "kid");
        yield new KeyRetired(kid(json));
      }
      case KeyWithdrawn.NAME -> {
        allow(json, common, "kid", "reason");
        yield new KeyWithdrawn(kid(json), WithdrawalReason.parse(json.string("reason")));
      }
      case RotationPaused.NAME -> {
        allow(json, common, "log", "until", "by");
        try {
          yield new RotationPaused(
              logName(json, "log"), KeyStatement.instant(json, "until"), json.string("by"));
        } catch (IllegalArgumentException e) {
          throw new FormatException(String.valueOf(e.getMessage()), e);
        }
      }
      case LogEnded.NAME -> {
        allow(json, common, "log", "size", "successor", "reason");
        yield new LogEnded(
            logName(json, "log"),
            KeySet.position(json, "size"),
            json.has("successor") ? Optional.of(logName(json, "successor")) : Optional.empty(),
            EndReason.parse(json.string("reason")));
      }
      case AuditLogStated.NAME -> {
        allow(json, common, "vkey", "consent", "follows");
        yield AuditLogStated.parse(json);
      }
      case AuditLogEnded.NAME -> {
        allow(json, common, "origin", "size", "reason");
        yield AuditLogEnded.parse(json);
      }
      case DisclosureKeyStated.NAME -> {
        allow(json, common, "jwk", "vkey", "not_after");
        yield DisclosureKeyStated.parse(json);
      }
      default -> throw new FormatException("unknown event");
    };
  }

  private static void allow(JsonObject json, String[] common, String... own)
      throws FormatException {
    String[] all = java.util.Arrays.copyOf(own, own.length + common.length);
    System.arraycopy(common, 0, all, own.length, common.length);
    json.allowOnly(all);
  }

  private static String logName(JsonObject json, String member) throws FormatException {
    String name = json.string(member);
    if (!TokenId.isLogName(name) || name.equals(KeyLog.NAME)) {
      throw new FormatException("member " + member + " is no name of a token log");
    }
    return name;
  }

  private static String kid(JsonObject json) throws FormatException {
    String kid = json.string("kid");
    if (Base64Url.decode(kid).length != Hash.BYTES) {
      throw new FormatException("kid is no thumbprint");
    }
    return kid;
  }

  private static URI url(JsonObject json) throws FormatException {
    try {
      URI url = new URI(json.string("url"));
      String scheme = url.getScheme();
      if (url.getHost() == null
          || !("https".equals(scheme) || "http".equals(scheme))
          || url.getRawQuery() != null
          || url.getRawFragment() != null
          || url.getRawUserInfo() != null) {
        throw new FormatException("a log's url is an http or https URL without more");
      }
      return url;
    } catch (java.net.URISyntaxException e) {
      throw new FormatException("a log's url is no URL", e);
    }
  }
}
