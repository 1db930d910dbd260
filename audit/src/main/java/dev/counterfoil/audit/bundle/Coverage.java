package dev.counterfoil.audit.bundle;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the event catalogue has of the categories that OMB M-26-14 (22 May 2026), Appendix B, asks
 * logs for. The catalogue is {@link Operation}, what the auditor itself says, and what the sources
 * that come with this project send; an operation that is new there has its categories named here,
 * or this does not compile.
 */
public final class Coverage {
  private Coverage() {}

  /** The categories, with what this log cannot have or does not have yet. */
  public enum Category {
    /** Who signs in, and proves who he is. */
    A("identity", ""),
    /** Connections between machines. */
    B(
        "network sessions",
        "an event has its client's address; connections that ask for nothing, their ends and their"
            + " bytes are for the network's own sensors"),
    /** What is read and changed. */
    C("object and resource access", ""),
    /** Rights, and who has them. */
    D("privilege changes", ""),
    /** Keys, logs, processes and their settings. */
    E("infrastructure changes", "the hosts themselves (packages, kernel, files) are not watched"),
    /** What security tools say. */
    F(
        "tool alerts",
        "those of our own monitor and scrubbing; other tools report as sources, and none comes"
            + " along"),
    /** What was seen of known attackers. */
    G(
        "indicators of compromise",
        "decoy keys, revoked keys and tokens without a counterfoil; no list of others' indicators"
            + " is matched"),
    /** What is not as usual. */
    H("anomalies", "no baseline of usual behaviour is learnt: findings are of what cannot be"),
    /** How much is moved. */
    I("data volume", "numbers of items and of refusals; the bytes of an item are not counted"),
    /** By which way an attack comes. */
    J("attack vectors", "refusals with reason and address; the way into a host is not seen"),
    /** What raises an alarm by itself. */
    K("automated alerts", "");

    private final String title;
    private final String missing;

    Category(String title, String missing) {
      this.title = title;
      this.missing = missing;
    }

    /** What Appendix B calls it. */
    public String title() {
      return title;
    }

    /** What is not there, in words; empty where nothing is known to be missing. */
    public String missing() {
      return missing;
    }
  }

  /** How far a category is covered. */
  public enum Verdict {
    COVERED,
    PARTLY,
    NOT_COVERED
  }

  /** An event that is no operation of ours: what sources send, and the auditor says of them. */
  public enum Reported {
    /** A user signs in at a mail server. */
    MAIL_LOGIN("3002: a sign-in at a mail server"),
    /** Messages are read. */
    MAIL_READ("6005: messages that are read, each by its identifier"),
    /** A source starts, fell silent, or its numbers have a gap. */
    SOURCE_ACTIVITY("99906001: a source starts, falls silent, or its numbers have a gap");

    private final String says;

    Reported(String says) {
      this.says = says;
    }

    Set<Category> categories() {
      return switch (this) {
        case MAIL_LOGIN -> EnumSet.of(Category.A, Category.B);
        case MAIL_READ -> EnumSet.of(Category.C, Category.I);
        case SOURCE_ACTIVITY -> EnumSet.of(Category.E, Category.H, Category.K);
      };
    }
  }

  /**
   * A category and what there is of it.
   *
   * @param category which
   * @param operations names of our own parts' operations
   * @param reported what sources send, in words
   */
  public record Line(Category category, List<String> operations, List<String> reported) {
    public Line {
      operations = List.copyOf(operations);
      reported = List.copyOf(reported);
    }

    /** How far it is covered. */
    public Verdict verdict() {
      if (operations.isEmpty() && reported.isEmpty()) {
        return Verdict.NOT_COVERED;
      }
      return category.missing().isEmpty() ? Verdict.COVERED : Verdict.PARTLY;
    }

    /** As JSON. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("category", category.name())
          .put("title", category.title())
          .put("verdict", verdict().name().toLowerCase(Locale.ROOT))
          .put("operations", operations)
          .put("reported", reported)
          .put("missing", category.missing().isEmpty() ? null : category.missing())
          .build();
    }
  }

  /** Every category in its order. */
  public static List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    for (Category category : Category.values()) {
      lines.add(
          new Line(
              category,
              Stream.of(Operation.values())
                  .filter(operation -> of(operation).contains(category))
                  .map(Operation::code)
                  .sorted(Comparator.naturalOrder())
                  .toList(),
              Stream.of(Reported.values())
                  .filter(reported -> reported.categories().contains(category))
                  .map(reported -> reported.says)
                  .toList()));
    }
    return lines;
  }

  /** The categories of an operation. */
  static Set<Category> of(Operation operation) {
    return switch (operation) {
      case CLIENT_REGISTER,
          CLIENT_UPDATE,
          CLIENT_ROTATE_SECRET,
          CLIENT_DROP_SECRET,
          CLIENT_ADMIT,
          CLIENT_EXPIRE,
          CLIENT_REMOVE,
          GRANT_GIVE,
          GRANT_END,
          PASSKEY_ADD,
          PASSKEY_REMOVE,
          PASSWORD_SET,
          ONE_TIME_CODE_ADD,
          ONE_TIME_CODE_REMOVE,
          RECOVERY_CODES_RENEW,
          UPSTREAM_LINK,
          UPSTREAM_UNLINK,
          RECOVERY_ASK,
          RECOVERY_STOP,
          PERSON_RECOVER,
          CONSENT_WITHDRAW,
          CONSENT_END,
          SESSION_END,
          PERSON_ADD,
          PERSON_UPDATE,
          PERSON_INVITE,
          PERSON_ADMIT,
          PERSON_RESET,
          PERSON_CONTAIN,
          PERSON_REMOVE,
          GROUP_ADD,
          GROUP_ADD_MEMBER,
          GROUP_REMOVE_MEMBER,
          GROUP_REMOVE,
          SIGNAL_STREAM_CHANGE,
          STAFF_BEGIN,
          STAFF_END,
          CHANGE_ASK,
          CHANGE_CONFIRM ->
          EnumSet.of(Category.A, Category.D);
      case PERSON_SIGN_IN -> EnumSet.of(Category.A, Category.B, Category.J);
      case PERSON_SIGN_OUT -> EnumSet.of(Category.A, Category.B);
      case TOKEN_ISSUE, TOKEN_INTROSPECT, TOKEN_REVOKE, USERINFO_READ -> EnumSet.of(Category.A);
      case TOKEN_REFUSE,
          SIGNAL_RECEIVE,
          SIGNAL_TELL,
          TOKEN_INTROSPECT_REFUSE,
          TOKEN_REVOKE_REFUSE,
          GRANT_REFUSE,
          ADMINISTRATION_REFUSE,
          TOKEN_DISOWN,
          REPORT_FILE,
          CREDENTIAL_REUSE ->
          EnumSet.of(Category.A, Category.J);
      case REQUEST_REFUSE, GUARD_REFUSE -> EnumSet.of(Category.A, Category.B, Category.J);
      case FINDING_RAISE -> EnumSet.of(Category.F, Category.G, Category.H, Category.J, Category.K);
      case KEY_PREPARE,
          KEY_ACTIVATE,
          KEY_RETIRE,
          KEY_DESTROY,
          KEY_ADOPT,
          KEY_STATE_DECOY,
          ROTATION_PAUSE,
          LOG_STATE,
          LOG_END,
          LOG_MOVE,
          STATEMENT_KEY_MAKE,
          TENANT_ADD,
          SIGNER_REPLACE,
          SIGNER_SUCCEED,
          SIGNER_CANCEL_SUCCESSION,
          PROCESS_START,
          CANARY_WATCH ->
          EnumSet.of(Category.E);
      case KEY_REVOKE, KEY_WITHDRAW, KEY_TAINT, CEREMONY_TAKE, COMMAND_CONFIRM ->
          EnumSet.of(Category.D, Category.E);
      case DIGESTS_RECORD, COUNTERFOILS_READ, CUSTODY_READ, AUDIT_EXPORT, AUDIT_RECORDS_READ ->
          EnumSet.of(Category.C, Category.I);
      case CLIENT_LIST,
          SIGNAL_STREAM_READ,
          CHANGE_LIST,
          PERSON_READ,
          PERSON_LIST,
          CONSENT_LIST,
          SESSION_LIST,
          GROUP_READ,
          GROUP_LIST,
          KEY_SET_FETCHES_LIST,
          DISCLOSURE_KEY_STATE,
          DIAGNOSE,
          AUDIT_SEARCH,
          AUDIT_STREAM,
          AUDIT_TRACE,
          AUDIT_TENANTS_READ,
          AUDIT_HOLD,
          AUDIT_IMPORT,
          AUDIT_DELETE,
          AUDIT_FORGET,
          AUDIT_RESTORE,
          AUDIT_CHECK,
          QUARANTINE_READ,
          FINDINGS_READ,
          KEY_REPORT_READ,
          ACKNOWLEDGEMENTS_READ,
          CANARY_LIST,
          NOTIFICATION_TEST,
          INCIDENT_CHANGE,
          FINDING_SUPPRESS,
          FINDING_JUDGE,
          REPORT_CHANGE,
          CONTAINMENT_TRY,
          PLAYBOOK_RUN,
          PLAYBOOK_READ,
          DISCLOSURE_OPEN,
          DISCLOSURE_READ,
          CLAIM_CHANGE,
          CLOCK_DECIDE,
          STATEMENT_WRITE,
          NOTICE_ACKNOWLEDGE,
          NOTICE_ASK,
          PROMISES_JUDGE,
          VULNERABILITY_CHANGE,
          DISCLOSURE_HOLD,
          STATEMENT_APPROVE,
          STATEMENT_PUBLISH,
          NOTICE_SEND ->
          EnumSet.of(Category.C);
      case PLAYBOOK_STEP, PLAYBOOK_DECIDE -> EnumSet.of(Category.D, Category.E);
      case DISCLOSURE_KEY_TAKE -> EnumSet.of(Category.E);
    };
  }
}
