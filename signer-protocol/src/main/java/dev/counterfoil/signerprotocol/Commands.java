package dev.counterfoil.signerprotocol;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.keylog.AuditLogEnded;
import dev.counterfoil.format.keylog.AuditLogStated;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.note.SignedNote;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The commands of a signer and a registrar. Each has its name, its arguments, and the socket that
 * takes it: the service socket is for the authority, the admin socket for the operator's command
 * line, and of a registrar's signer sockets each is for one signer, which speaks of its own keys
 * and logs alone.
 */
public final class Commands {
  /** Both, any socket: who answers, its domain, role, keys, log and health. */
  public static final String STATUS = "status";

  /**
   * Registrar, every socket: which keys count, {@code {"version", "stated", "taken_back",
   * "retired", "audit_logs", "now", "lead_s", "at_once"}}: the size of the key log, thumbprints,
   * the vkeys of audit logs that stand, the registrar's clock, how many seconds ahead a key must be
   * stated now at most, and the rings whose next key may sign at once. Verifiers read the key log
   * itself.
   */
  public static final String READ_KEYS = "read-keys";

  /**
   * Registrar, signer socket: states a signer's key and its log; the same statement again changes
   * nothing.
   */
  public static final String STATE_KEY = "state-key";

  /**
   * Registrar, admin socket: states the public half of another issuer's key, whose tokens are
   * recorded by digest or by nobody, {@code {"key"}}; the same statement again changes nothing.
   */
  public static final String ADOPT_KEY = "adopt-key";

  /**
   * Registrar, signer socket: states a log that no token key records in, as a record log; the same
   * statement again changes nothing.
   */
  public static final String STATE_LOG = "state-log";

  /**
   * Registrar, signer socket: a key signs no more, and its private half is destroyed, {@code
   * {"kid"}}.
   */
  public static final String RETIRE_KEY = "retire-key";

  /**
   * Signer, admin socket: its keys do not change until a time, {@code {"until"}}; a time that is
   * over ends the pause. Registrar, signer socket: the same for the key log, {@code {"log",
   * "until", "by"}}.
   */
  public static final String PAUSE_ROTATION = "pause-rotation";

  /**
   * Registrar, admin socket: a key may be stolen, {@code {"kid"}}: its signer stops, no later token
   * of it counts, and whoever sees it used sounds an alarm. Its earlier tokens stay good.
   */
  public static final String TAINT_KEY = "taint-key";

  /**
   * Registrar, service socket: revokes one token by its position until its expiry, {@code {"log",
   * "position", "until", "checkpoint"}}. The checkpoint is one of the log that covers the position:
   * what was not issued is not revoked.
   */
  public static final String REVOKE_TOKEN = "revoke-token";

  /** Revokes all tokens of a group that were issued before a time. */
  public static final String REVOKE_GROUP = "revoke-group";

  /**
   * Registrar, service socket: signs which tokens of a log are revoked, for services that read no
   * key log, {@code {"log", "number"}} to {@code {"jws"}}: a Status List Token, whose content the
   * registrar takes from its key log alone.
   */
  public static final String SIGN_STATUS_LIST = "sign-status-list";

  /**
   * Registrar, admin socket: the tokens of keys are no good from a position of their log on, {@code
   * {"kids", "log", "from"}}: all of them in one change, or none.
   */
  public static final String REVOKE_KEYS = "revoke-keys";

  /** Most keys that one {@link #REVOKE_KEYS} takes. Who has more revokes them in parts. */
  public static final int REVOKED_AT_ONCE_MAX = 256;

  /** Registrar, admin socket: takes a key out of the trusted set. */
  public static final String WITHDRAW_KEY = "withdraw-key";

  /**
   * Registrar, admin socket: states a key and withdraws it in the same change, {@code {"key"}}: it
   * is recognised from then on and trusted at no time. The same again changes nothing.
   */
  public static final String STATE_WITHDRAWN = "state-withdrawn";

  /**
   * Registrar, signer socket and admin socket: a log has ended at a size, {@code {"log", "size",
   * "successor", "reason"}}. The reason is {@code replaced}, {@code planned}, {@code rolled-back}
   * or {@code lost}; the successor may be left out. An operator may say that it ended before the
   * size that the key log has, and nobody that it ended after it.
   */
  public static final String END_LOG = "end-log";

  /**
   * Registrar, admin socket: a log is read at another place from now on, such as a custodian's
   * mirror, {@code {"log", "url"}}.
   */
  public static final String MOVE_LOG = "move-log";

  /**
   * Registrar, admin socket: states the log that keeps the domain's audit events, {@code {"vkey",
   * "consent", "follows"}}; the last names the one whose successor it is, and may be left out. The
   * consent is the audit log's own signed word for this key log (spec/keylog.md). The same again
   * changes nothing.
   */
  public static final String STATE_AUDIT_LOG = "state-audit-log";

  /**
   * Registrar, admin socket: an audit log has ended at a size, {@code {"origin", "size",
   * "reason"}}. The reason is {@code replaced}, {@code lost} or, with size 0, {@code withdrawn}.
   */
  public static final String END_AUDIT_LOG = "end-audit-log";

  /**
   * Registrar, admin socket: states the keys of the disclosure process in the key log, {@code
   * {"jwk", "vkey", "not_after"}} to {@code {"changed", "index"}}.
   */
  public static final String STATE_DISCLOSURE_KEY = "state-disclosure-key";

  /**
   * Registrar, admin socket: takes over what the root's holders signed at a ceremony, {@code
   * {"ceremony"}}.
   */
  public static final String TAKE_CEREMONY = "take-ceremony";

  /**
   * Registrar, admin socket: makes its next statement key, for the next ceremony to name, {@code
   * {}} to {@code {"statement_key"}}.
   */
  public static final String MAKE_STATEMENT_KEY = "make-statement-key";

  /**
   * How long a replacement counts as the answer to the same theft: after that no token of before it
   * is good any more.
   */
  public static final Duration SAME_REPLACEMENT_WITHIN = Duration.ofHours(1);

  /**
   * Signer, admin socket: stops signing with its keys, seals its log at the last checkpoint,
   * destroys the private halves and ends, so that the next start makes a new generation of keys and
   * a new log. Answers {@code {"log", "size", "kids", "already", "own"}}, the last the names of its
   * logs by its folder, and where a successor was announced, which goes too, {@code "announced"}
   * with its {@code {"log", "kids"}}.
   *
   * <p>The log that is meant may be named, {@code {"log"}}. Of one that has ended, and without a
   * name where the last one was replaced within {@link #SAME_REPLACEMENT_WITHIN}, the answer is how
   * it ended, {@code already} is true, and nothing changes. {@code {"again": true}} replaces
   * whatever was replaced before.
   */
  public static final String REPLACE = "replace";

  /**
   * Signer, admin socket: has the successor of its log stated, with a log key and token keys of its
   * own, and lets it take over at a time at the soonest, {@code {"at"}}; said again it changes the
   * time. Answers {@code {"log", "vkey", "at", "ready", "obstacle", "changed"}}: ready when every
   * service can know its keys, and else what it waits for.
   */
  public static final String SUCCEED = "succeed";

  /** Signer, admin socket: gives up the successor that was announced. Answers {@code {"log"}}. */
  public static final String CANCEL_SUCCESSION = "cancel-succession";

  /**
   * Signer, service socket: the record log that a source is bound to, {@code {"source"}} to {@code
   * {"log"}}.
   */
  public static final String RECORD_LOG = "record-log";

  /**
   * Signer, service socket: what others cosigned of a log, {@code {"log", "note"}}: a note of
   * origin, size and root with lines of cosigners under it; the log's own line may be among them.
   * Answers {@code {"counted", "size", "cosigned_size", "held_size", "held_awaited"}}; the last
   * says whether anything is released by a custodian's word.
   */
  public static final String ADD_COSIGNATURES = "add-cosignatures";

  /**
   * Both, admin socket: what the process says of itself when something in it hangs: threads,
   * counters, last log lines, each as far as it could be had. Answers an object for each section;
   * never key material.
   */
  public static final String DIAGNOSE = "diagnose";

  /**
   * Both, admin socket: keys may sign for one more tenant, {@code {"tenant"}}. A registrar answers
   * {@code {"changed", "delegated", "delegated_until"}}: whether the root's delegation names the
   * tenant, and until when; it asks the next ceremony for it from now on. A signer refuses what its
   * registrar does not state, and answers {@code {"changed"}}: its next key serves the tenant too.
   */
  public static final String ADD_TENANT = "add-tenant";

  /**
   * Registrar, admin socket: confirms what another operator asked for and what waits for a second
   * person, {@code {"id"}}. Answers what the command itself answers. A command that waits answers
   * {@code {"waits", "asked_by", "until"}}, with the {@code id} to confirm.
   */
  public static final String CONFIRM = "confirm";

  /**
   * Both, service socket: the audit events that the process keeps, {@code {"acknowledged"}} to
   * {@code {"events": [{"number", "line"}]}}, the oldest first: those below the number are in the
   * audit log, and go. The authority delivers them, since this process has no network.
   */
  public static final String READ_EVENTS = "read-events";

  /**
   * Revokes all tokens that carry a handle.
   *
   * @param group the handle
   * @param before the first time of issue that is good again
   */
  public static Request.Command revokeGroup(GroupHandle group, Instant before) {
    return command(REVOKE_GROUP, "group", group.toString(), "before", before.getEpochSecond());
  }

  /**
   * Argument of the registrar's destructive commands, on its admin socket: {@code true} for not
   * waiting for a second person, where the configuration lets one go ahead alone.
   */
  public static final String ALONE = "alone";

  private Commands() {}

  /** A command with its members: name, value, name, value. */
  private static Request.Command command(String name, Object... members) {
    JsonObject.Builder arguments = JsonObject.builder();
    for (int i = 0; i < members.length; i += 2) {
      String member = String.valueOf(members[i]);
      switch (members[i + 1]) {
        case String text -> arguments.put(member, text);
        case Long number -> arguments.put(member, number);
        case Boolean truth -> arguments.put(member, truth);
        case List<?> list -> arguments.put(member, list);
        case JsonObject object -> arguments.put(member, object);
        default -> throw new IllegalArgumentException(member + " is of no type that JSON has");
      }
    }
    return new Request.Command(name, arguments.build());
  }

  public static Request.Command status() {
    return command(STATUS);
  }

  public static Request.Command readKeys() {
    return command(READ_KEYS);
  }

  public static Request.Command stateKey(KeyStatement key, StatedLog log) {
    return new Request.Command(
        STATE_KEY,
        JsonObject.builder()
            .put("key", key.toJson())
            .put("log_name", log.name())
            .put("log_vkey", log.key().toString())
            .put("log_url", log.url().toString())
            .build());
  }

  public static Request.Command adoptKey(KeyStatement key) {
    return command(ADOPT_KEY, "key", key.toJson());
  }

  public static Request.Command stateLog(StatedLog log) {
    return new Request.Command(
        STATE_LOG,
        JsonObject.builder()
            .put("log_name", log.name())
            .put("log_vkey", log.key().toString())
            .put("log_url", log.url().toString())
            .build());
  }

  /**
   * Revokes one token.
   *
   * @param checkpoint a signed note of the log that covers the position
   */
  public static Request.Command revokeToken(
      String log, long position, Instant until, SignedNote checkpoint) {
    return new Request.Command(
        REVOKE_TOKEN,
        JsonObject.builder()
            .put("log", log)
            .put("position", position)
            .put("until", until.getEpochSecond())
            .put("checkpoint", new String(checkpoint.bytes(), StandardCharsets.UTF_8))
            .build());
  }

  /** A status list by its log and number. */
  public static Request.Command signStatusList(String log, long number) {
    return command(SIGN_STATUS_LIST, "log", log, "number", number);
  }

  public static Request.Command revokeKeys(List<String> kids, String log, long from) {
    return command(REVOKE_KEYS, "kids", kids, "log", log, "from", from);
  }

  /** The same without waiting for a second person. */
  public static Request.Command revokeKeysAlone(List<String> kids, String log, long from) {
    return command(REVOKE_KEYS, "kids", kids, "log", log, "from", from, ALONE, true);
  }

  public static Request.Command confirm(String id) {
    return command(CONFIRM, "id", id);
  }

  public static Request.Command taintKey(String kid) {
    return command(TAINT_KEY, "kid", kid);
  }

  public static Request.Command retireKey(String kid) {
    return command(RETIRE_KEY, "kid", kid);
  }

  /** For a signer. */
  public static Request.Command pauseRotation(Instant until) {
    return command(PAUSE_ROTATION, "until", until.getEpochSecond());
  }

  /** For a registrar. */
  public static Request.Command pauseRotation(String log, Instant until, String by) {
    return command(PAUSE_ROTATION, "log", log, "until", until.getEpochSecond(), "by", by);
  }

  public static Request.Command withdrawKey(String kid) {
    return command(WITHDRAW_KEY, "kid", kid);
  }

  public static Request.Command stateWithdrawn(KeyStatement key) {
    return command(STATE_WITHDRAWN, "key", key.toJson());
  }

  public static Request.Command endLog(
      String log, long size, Optional<String> successor, KeyLogEvent.EndReason reason) {
    return new Request.Command(
        END_LOG,
        JsonObject.builder()
            .put("log", log)
            .put("size", size)
            .put("successor", successor.orElse(null))
            .put("reason", reason.text())
            .build());
  }

  /** The same without a successor, and without waiting for a second person. */
  public static Request.Command endLogAlone(String log, long size, KeyLogEvent.EndReason reason) {
    return command(END_LOG, "log", log, "size", size, "reason", reason.text(), ALONE, true);
  }

  public static Request.Command moveLog(String log, URI url) {
    return command(MOVE_LOG, "log", log, "url", url.toString());
  }

  public static Request.Command stateAuditLog(AuditLogStated log) {
    return new Request.Command(
        STATE_AUDIT_LOG,
        JsonObject.builder()
            .put("vkey", log.key().toString())
            .put("consent", log.consent())
            .put("follows", log.follows().orElse(null))
            .build());
  }

  public static Request.Command endAuditLog(AuditLogEnded log) {
    return command(
        END_AUDIT_LOG, "origin", log.origin(), "size", log.size(), "reason", log.reason().text());
  }

  /** States the keys that the disclosure process asks to have stated. */
  public static Request.Command stateDisclosureKey(JsonObject keys) {
    return new Request.Command(STATE_DISCLOSURE_KEY, keys);
  }

  public static Request.Command takeCeremony(Ceremony ceremony) {
    return command(TAKE_CEREMONY, "ceremony", ceremony.toJson());
  }

  public static Request.Command addTenant(String tenant) {
    return command(ADD_TENANT, "tenant", tenant);
  }

  public static Request.Command makeStatementKey() {
    return command(MAKE_STATEMENT_KEY);
  }

  public static Request.Command addCosignatures(String log, SignedNote note) {
    return command(
        ADD_COSIGNATURES, "log", log, "note", new String(note.bytes(), StandardCharsets.UTF_8));
  }

  public static Request.Command replace() {
    return command(REPLACE);
  }

  /** The same of the generation that has a log. */
  public static Request.Command replace(String log) {
    return command(REPLACE, "log", log);
  }

  /** The same although it was done a moment ago. */
  public static Request.Command replaceAgain() {
    return command(REPLACE, "again", true);
  }

  public static Request.Command succeed(Instant at) {
    return command(SUCCEED, "at", at.getEpochSecond());
  }

  public static Request.Command cancelSuccession() {
    return command(CANCEL_SUCCESSION);
  }

  public static Request.Command diagnose() {
    return command(DIAGNOSE);
  }

  public static Request.Command readEvents(long acknowledged) {
    return command(READ_EVENTS, "acknowledged", acknowledged);
  }

  public static Request.Command recordLog(String source) {
    return command(RECORD_LOG, "source", source);
  }
}
