package dev.counterfoil.monitor.findings;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A detection that is worth a person's time, as it is raised. The same one raised again is counted.
 *
 * @param kind what happened
 * @param severity how much it matters
 * @param domain the trust domain
 * @param subject what it is about
 * @param seenAt when it was seen
 * @param count how often
 * @param summary one sentence for people
 * @param detail evidence: never a token that could be used
 */
public record Finding(
    Kind kind,
    Severity severity,
    String domain,
    Subject subject,
    Instant seenAt,
    long count,
    String summary,
    JsonObject detail) {
  /** What a good signature of a token that nobody issued means, as findings say it. */
  public static final String USED_OUTSIDE = "the key itself was used outside the signer";

  /** What happened. */
  public enum Kind {
    /** A token whose signature is good, or that a service accepted, and no counterfoil of it. */
    FORGED_TOKEN,
    /** A token that may be one of the last of a signer that went away, or a thief's. */
    UNPROVEN_TOKEN,
    /** The same as a forged one, at the position of another token. */
    DIGEST_DIFFERS,
    /** A token that its key may not sign: of another domain, tenant, time or type. */
    KEY_OUT_OF_SCOPE,
    /** A service accepted a token whose key nobody stated. */
    UNKNOWN_KEY,
    /** A key that is out of the trusted set was used for a new token, or still accepted. */
    WITHDRAWN_KEY_USED,
    /** A token that is revoked was presented. */
    REVOKED_TOKEN_PRESENTED,
    /** A code, a refresh token or a session was used by two. */
    CREDENTIAL_REUSED,
    /** A person sent a report by the form for it. */
    PERSON_REPORT,
    /** A person says that it was not they who had a token issued in their name. */
    TOKEN_DISOWNED,
    /** Events match a detection rule. */
    RULE_MATCHED,
    /** A log signed two histories. */
    LOG_FORK,
    /** A log shows less than it showed before. */
    LOG_ROLLBACK,
    /** A leaf is logged and its counterfoil is not given out, or is not the leaf's. */
    COUNTERFOIL_MISSING,
    /** What a custodian holds is not as it was written. */
    COUNTERFOIL_DAMAGED,
    /** Stored hashes of what a custodian holds differed from it and were written again. */
    CUSTODY_REPAIRED,
    /** The monitor's clock is not what the domain's witnesses say. */
    CLOCK_OFF,
    /** A key set older than one that was seen. */
    KEY_SET_ROLLBACK,
    /** A decoy key was used: whoever did has been where it was planted. */
    CANARY_KEY_USED,
    /** Two saw different roots of one log at the same size. */
    SPLIT_VIEW,
    /** A witness or custodian that the authority asks does not cosign, or not truthfully. */
    COSIGNER_FAILING,
    /** A signer's or registrar's log is damaged, and nobody there can mend it. */
    LOG_DAMAGED,
    /** Stored hashes of such a log differed from its journal and were written again. */
    LOG_REPAIRED,
    /** An event of the audit log, or where it is found, is not what the log's key signed. */
    AUDIT_LOG_CHANGED,
    /** The key log states the monitor's audit log with a key that is not the monitor's. */
    AUDIT_LOG_OF_ANOTHER,
    /** A signer did what none of ours does: its registrar says so. */
    SIGNER_SUSPECT,
    /** A signer has been away for a while: its storage, its host or its process is lost. */
    SIGNER_AWAY,
    /** The root's next ceremony is due. */
    CEREMONY_DUE,
    /** A key nears or has passed the age at which it may sign no more. */
    KEY_AGE,
    /** No next key is in the key log, and the one that signs will have to be followed. */
    NEXT_KEY_MISSING,
    /** A key signs on that should have been followed. */
    ROTATION_OVERDUE,
    /** A signer has no key any more that can sign. */
    SIGNING_STOPPED,
    /** An attached issuer publishes a key that nobody confirmed. */
    ATTACHED_KEY_WAITING,
    /** An attached issuer publishes a confirmed key no more. */
    ATTACHED_KEY_GONE,
    /** The keys of an attached issuer cannot be read. */
    ATTACHED_ISSUER_UNREAD,
    /** The key log has no new head. */
    KEY_LOG_SILENT,
    /** Something that many share, or that lasts, fills up. */
    LIMIT_NEAR,
    /** The database was new at a start, or older than the audit log beside it. */
    DATABASE_LOST,
    /** A reporter lost sightings, or batches of it never came. */
    REPORTER_GAP,
    /** A channel that findings are told on takes nothing. */
    NOTIFICATIONS_FAILING,
    /** The forged token by which another process sees that sightings still become findings. */
    WATCH_PROBE;

    /** The name in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Kind> of(String text) {
      for (Kind kind : values()) {
        if (kind.text().equals(text)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  /** How much it matters. */
  public enum Severity {
    /** Worth knowing. */
    LOW,
    /** Blind spot, or sign of a fault. */
    MEDIUM,
    /** Somebody has what he should not have. */
    HIGH,
    /** A key or a log cannot be trusted. */
    CRITICAL;

    /** The name in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Severity> of(String text) {
      for (Severity severity : values()) {
        if (severity.text().equals(text)) {
          return Optional.of(severity);
        }
      }
      return Optional.empty();
    }
  }

  /**
   * What a finding is about. Two findings of one kind, key and token are one.
   *
   * @param kid the key; empty where none is concerned
   * @param token what identifies the token, or whatever else there can be one finding of
   * @param tokenId the {@code jti}, where there is one
   * @param digest of the signing input, where known
   * @param log short name of the log, where one is concerned
   * @param position in that log
   * @param beyondTip whether the position was past the log's tip: should the log show the token
   *     there later, the finding is explained
   */
  public record Subject(
      String kid,
      String token,
      @Nullable String tokenId,
      @Nullable Hash digest,
      @Nullable String log,
      @Nullable Long position,
      boolean beyondTip) {
    /** A subject that is no token. */
    public static Subject of(String what) {
      return new Subject("", what, null, null, null, null, false);
    }

    /** Something of one domain's: logs of two domains may have one name. */
    public static Subject of(String domain, String what) {
      return of(domain + " " + what);
    }

    /** A position of a log. */
    static Subject of(String domain, String log, long position) {
      return new Subject("", domain + " " + log + "." + position, null, null, log, position, false);
    }
  }
}
