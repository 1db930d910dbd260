package dev.counterfoil.authority.signals;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signals.EventTypes;
import dev.counterfoil.signals.SecurityEvent;
import dev.counterfoil.signals.Subjects;
import dev.counterfoil.signals.sending.SignalStream;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What an operator asks of signals, on the admin socket. */
public record SignalCommands(Signals signals, AuthorityAudit audit, InstantSource clock) {
  /** To {@code {"streams"}}, each with how many events wait and are dead. */
  public static final String LIST = "list-signals";

  /** {@code {"client"}} to {@code {"stream", "dead"}}: events that were given up, 100 at most. */
  public static final String SHOW = "show-signals";

  /** {@code {"client"}} to {@code {"count"}}: how many dead events are sent again. */
  public static final String RETRY = "retry-signals";

  /**
   * {@code {"tenant", "notice", "digest", "verify"}} to {@code {"streams"}}: those of the tenant
   * that are told of a notice. Asked again, none is told twice.
   */
  public static final String TELL_NOTICE = "tell-notice";

  /** Every command, and the event that it is. */
  public static final Map<String, Operation> OPERATIONS =
      Map.of(
          LIST, Operation.SIGNAL_STREAM_READ,
          SHOW, Operation.SIGNAL_STREAM_READ,
          RETRY, Operation.SIGNAL_STREAM_CHANGE,
          TELL_NOTICE, Operation.SIGNAL_TELL);

  private static final Pattern NOTICE =
      Pattern.compile("[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}");
  private static final Pattern ADDRESS = Pattern.compile("[!-~]{1,500}");

  private static final int DEAD_MAX = 100;

  /** Carries one out, recorded before it is done. */
  public Answer carryOut(Request.Command command, Administrator who) {
    try {
      EventDraft draft =
          who.draft(OPERATIONS.getOrDefault(command.name(), Operation.SIGNAL_STREAM_READ));
      if (command.name().equals(LIST)) {
        command.arguments().allowOnly();
        Optional<Answer.Refused> refused = audit.recorded(draft.entity("streams", "all"));
        return refused.isPresent()
            ? refused.get()
            : done(
                JsonObject.builder().put("streams", signals.streams().deliveries().list()).build());
      }
      if (command.name().equals(TELL_NOTICE)) {
        return tellNotice(command.arguments(), draft, who);
      }
      command.arguments().allowOnly("client");
      String client = command.arguments().string("client");
      Optional<SignalStream> stream = signals.streams().ofClient(client);
      if (stream.isEmpty()) {
        return new Answer.Refused(
            Answer.Code.UNKNOWN,
            "this client has no stream. For those that have one, run: counterfoil signals list");
      }
      Optional<Answer.Refused> refused = audit.recorded(draft.entity("stream", client));
      if (refused.isPresent()) {
        return refused.get();
      }
      return command.name().equals(RETRY) ? retry(stream.get()) : show(stream.get());
    } catch (FormatException e) {
      return new Answer.Refused(Answer.Code.MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  private Answer tellNotice(JsonObject arguments, EventDraft draft, Administrator who)
      throws FormatException {
    arguments.allowOnly("tenant", "notice", "digest", "verify");
    String tenant = arguments.string("tenant");
    String notice = arguments.string("notice");
    String verify = arguments.string("verify");
    String digest = Hash.parseBase64Url(arguments.string("digest")).base64Url();
    if (!NOTICE.matcher(notice).matches()) {
      throw new FormatException("notice is a check code, such as 7K3Q-0VXA-9ZTM");
    }
    if (!ADDRESS.matcher(verify).matches()) {
      throw new FormatException("verify is an address of 1 to 500 printable ASCII characters");
    }
    if (!who.reaches(tenant)) {
      audit.later(
          draft
              .entity("notice", notice)
              .refused(Answer.Code.NOT_ALLOWED.name(), "another tenant's"));
      return new Answer.Refused(Answer.Code.NOT_ALLOWED, "the tenant is not yours to tell");
    }
    Optional<Answer.Refused> refused =
        audit.recorded(draft.tenant(tenant).entity("notice", notice).message("digest " + digest));
    if (refused.isPresent()) {
      return refused.get();
    }
    int streams =
        signals
            .streams()
            .tell(
                new SecurityEvent(
                    "notice-" + notice,
                    tenant,
                    EventTypes.NOTICE_PUBLISHED,
                    Subjects.opaque(notice),
                    JsonObject.builder()
                        .put("notice", notice)
                        .put("digest", digest)
                        .put("verify", verify)
                        .build(),
                    clock.instant()));
    if (streams == 0) {
      return new Answer.Refused(
          Answer.Code.UNKNOWN, "no stream of this tenant takes notices at this time");
    }
    signals.sender().wake();
    return done(JsonObject.builder().put("streams", streams).build());
  }

  private Answer retry(SignalStream stream) {
    int count = signals.streams().deliveries().retry(stream.id());
    signals.sender().wake();
    return done(JsonObject.builder().put("count", count).build());
  }

  private Answer show(SignalStream stream) {
    JsonObject.Builder json = JsonObject.builder();
    signals.streams().deliveries().list().stream()
        .filter(one -> stream.id().equals(one.get("stream_id")))
        .findFirst()
        .ifPresent(one -> json.put("stream", one));
    return done(
        json.put("events_delivered", stream.settings().delivered())
            .put(
                "endpoint",
                stream.settings().push().map(push -> push.endpoint().toString()).orElse("poll"))
            .put("dead", signals.streams().deliveries().dead(stream.id(), DEAD_MAX))
            .build());
  }

  private static Answer done(JsonObject json) {
    return new Answer.Done(json);
  }
}
