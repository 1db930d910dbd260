package dev.counterfoil.authority.signals;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Asked;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.http.FormRequests;
import dev.counterfoil.authority.http.HttpAnswers;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.people.PersonEnds;
import dev.counterfoil.authority.settings.UpstreamEntry;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.signals.ReceivedEvent;
import dev.counterfoil.signals.ReceivedEvent.Effect;
import dev.counterfoil.signals.sending.Streams;
import dev.counterfoil.signin.SignIn;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Takes the events of a provider at which people sign in, as it posts them (RFC 8935) or as they
 * are polled ({@link SignalsPoller}): what ended there ends here. What an event ends can end twice,
 * so that it is remembered after it was acted on.
 */
public final class SignalsReceiver {
  /** Where a provider posts, with its name behind. */
  public static final String PREFIX = "/ssf/events/";

  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final UpstreamEntry upstream;
  private final List<String> audiences;
  private final Directory directory;
  private final SignIn signIn;
  private final PersonEnds ends;
  private final Streams streams;
  private final AuthorityAudit audit;
  private final InstantSource clock;

  /**
   * Takes those of one provider.
   *
   * @param url where it posts
   * @param ends what ends with a person
   */
  public SignalsReceiver(
      UpstreamEntry upstream,
      String url,
      Directory directory,
      SignIn signIn,
      PersonEnds ends,
      Streams streams,
      AuthorityAudit audit,
      InstantSource clock) {
    this.upstream = upstream;
    this.audiences =
        Stream.concat(Stream.of(url, upstream.clientId()), upstream.signalsAudience().stream())
            .toList();
    this.directory = directory;
    this.signIn = signIn;
    this.ends = ends;
    this.streams = streams;
    this.audit = audit;
    this.clock = clock;
  }

  /** The provider whose events it takes. */
  public UpstreamEntry upstream() {
    return upstream;
  }

  /** RFC 8935 2: 202 where it was taken, 400 with a code where it was not. */
  public void take(ServerRequest request, ServerResponse response, Asked asked)
      throws RequestRefusedException, InterruptedException {
    String token = new String(FormRequests.body(request), StandardCharsets.US_ASCII).strip();
    Optional<Refused> refused = accept(token, Optional.empty(), asked);
    if (refused.isPresent()) {
      HttpAnswers.json(
          response, 400, refused.get().json().toString().getBytes(StandardCharsets.UTF_8));
      return;
    }
    response.status(Status.ACCEPTED_202).send();
  }

  /**
   * Why an event is not taken.
   *
   * @param code of RFC 8935 2.4
   */
  record Refused(String code, String why) {
    JsonObject json() {
      return JsonObject.builder().put("err", code).put("description", why).build();
    }
  }

  /**
   * Acts on an event, and remembers durably that it did.
   *
   * @param id under which the provider gave it, where it did (RFC 8936 2.3)
   * @return why it is not taken, and never will be; empty when it was acted on
   * @throws RequestRefusedException when it cannot be acted on now
   */
  Optional<Refused> accept(String token, Optional<String> id, Asked asked)
      throws RequestRefusedException {
    String issuer = upstream.issuer().toString();
    ReceivedEvent event;
    try {
      CompactToken parsed = CompactToken.parse(token);
      if (!parsed.type().equals(EventTokens.TYPE)) {
        throw new FormatException("the type is not " + EventTokens.TYPE);
      }
      event = ReceivedEvent.of(parsed.claims(), issuer, audiences, clock.instant());
      if (id.isPresent() && !id.get().equals(event.jti())) {
        throw new FormatException("the event has another jti than its name");
      }
    } catch (FormatException e) {
      return Optional.of(refused(asked, "invalid_request", String.valueOf(e.getMessage())));
    }
    if (!isSigned(token)) {
      return Optional.of(
          refused(asked, "invalid_key", "no key of the provider made the signature"));
    }
    if (!streams.wasReceived(issuer, event.jti())) {
      Optional<Refused> refused = act(event, issuer, asked);
      if (refused.isPresent()) {
        return refused;
      }
      streams.received(issuer, event.jti());
    }
    return Optional.empty();
  }

  private boolean isSigned(String token) throws RequestRefusedException {
    try {
      return signIn.isSignedByUpstream(upstream.name(), token);
    } catch (IOException e) {
      throw new RequestRefusedException(
          OAuthError.unavailable("the provider's keys cannot be fetched now", RETRY_AFTER));
    }
  }

  private Optional<Refused> act(ReceivedEvent event, String issuer, Asked asked)
      throws RequestRefusedException {
    Effect effect = event.effect();
    EventDraft draft =
        asked
            .draft(Operation.SIGNAL_RECEIVE)
            .tenant(upstream.tenant())
            .entity("upstream", upstream.name());
    Optional<Person> person;
    try {
      person = effect == Effect.NOTHING ? Optional.empty() : person(event, issuer);
    } catch (FormatException e) {
      return Optional.of(refused(asked, "invalid_request", String.valueOf(e.getMessage())));
    }
    String what = "event " + event.jti() + " of type " + event.type();
    if (person.isEmpty()) {
      audit.later(draft.message(what + ": it concerns nobody here, or ends nothing"));
      return Optional.empty();
    }
    String subject = person.get().subject();
    boolean disables =
        effect == Effect.DISABLE
            && upstream.signals() == UpstreamEntry.Signals.ACCOUNTS
            && !person.get().disabled();
    // Nothing holds up what ends a thief's session.
    audit.recordContainment(
        draft
            .user(subject)
            .message(what + (disables ? ": the person is disabled" : ": sessions end")));
    if (disables) {
      disable(subject);
    }
    var _ = ends.ended(subject, "the provider " + upstream.name() + " said so");
    return Optional.empty();
  }

  private void disable(String subject) throws RequestRefusedException {
    try {
      Optional<Person> present = directory.bySubject(subject);
      if (present.isPresent()) {
        directory.change(present.get().withDisabled(true));
      }
    } catch (DirectoryRefusedException e) {
      // The person was changed meanwhile: the provider sends the event again.
      throw new RequestRefusedException(
          OAuthError.unavailable("the person was changed at this moment", RETRY_AFTER));
    }
  }

  private Optional<Person> person(ReceivedEvent event, String issuer) throws FormatException {
    Optional<String> account = event.account(issuer);
    Optional<Person> found =
        account.isPresent()
            ? directory.upstreamLinks().person(issuer, account.get())
            : upstream.linkByEmail() && event.email().isPresent()
                ? directory.upstreamLinks().ofVerifiedEmail(upstream.tenant(), event.email().get())
                : Optional.empty();
    return found.filter(one -> one.tenant().equals(upstream.tenant()));
  }

  private Refused refused(Asked asked, String code, String why) {
    audit.refused(
        asked
            .draft(Operation.SIGNAL_RECEIVE)
            .tenant(upstream.tenant())
            .entity("upstream", upstream.name())
            .refused(code, why),
        Operation.SIGNAL_RECEIVE,
        code,
        asked.who());
    return new Refused(code, why);
  }
}
