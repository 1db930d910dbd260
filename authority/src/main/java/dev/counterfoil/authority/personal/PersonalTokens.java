package dev.counterfoil.authority.personal;

import dev.counterfoil.auditclient.BoundedBody;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.token.RevocationShares;
import dev.counterfoil.authority.token.TokenRevocations;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.signin.InTheirName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The tokens in people's names on their account pages: listed by the record, and revoked one by
 * one.
 */
public final class PersonalTokens implements InTheirName {
  /** How long counterfoils are kept. */
  private static final Duration KEPT = Duration.ofDays(730);

  /** By how much a signer's clock may be ahead. */
  private static final Duration AHEAD = Duration.ofMinutes(1);

  private final Directory people;
  private final TokensInName record;
  private final PublishedKeys keys;
  private final TokenRevocations revocations;
  private final AuthorityAudit audit;
  private final UnaryOperator<String> clientName;
  private final InstantSource clock;

  /**
   * Lists and revokes.
   *
   * @param clientName what an application is called, by its id
   */
  public PersonalTokens(
      Directory people,
      TokensInName record,
      PublishedKeys keys,
      TokenRevocations revocations,
      AuthorityAudit audit,
      UnaryOperator<String> clientName,
      InstantSource clock) {
    this.people = people;
    this.record = record;
    this.keys = keys;
    this.revocations = revocations;
    this.audit = audit;
    this.clientName = clientName;
    this.clock = clock;
  }

  @Override
  public Listed list(String subject, Which which, Optional<String> before, int max)
      throws IOException {
    Instant now = clock.instant();
    Instant kept = now.minus(KEPT);
    Instant since = which.month().map(PersonalTokens::first).filter(kept::isBefore).orElse(kept);
    Instant until =
        which
            .month()
            .map(month -> first(month.plusMonths(1)).minusMillis(1))
            .orElse(now.plus(AHEAD));
    try {
      TokensInName.Page page =
          record.page(tenant(subject), subject, since, until, which.clientId(), before, max);
      Optional<PublishedKeys.Published> published = keys.current();
      return new Listed(
          page.tokens().stream().map(token -> issued(token, published)).toList(),
          page.next(),
          page.isWhole());
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static Instant first(YearMonth month) {
    return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private Issued issued(
      TokensInName.NamedToken token, Optional<PublishedKeys.Published> published) {
    return new Issued(
        token.id().toString(),
        token.issuedAt(),
        clientName.apply(token.clientId()),
        token.clientId(),
        String.join(" ", token.audiences()),
        token.scope(),
        token.expiresAt(),
        published
            .filter(set -> set.isRevoked(token.kid(), token.id(), token.group(), token.issuedAt()))
            .isPresent());
  }

  @Override
  public Optional<Followed> follow(String subject, String id) throws IOException {
    TokenId token;
    try {
      token = TokenId.parse(id);
    } catch (FormatException e) {
      return Optional.empty();
    }
    String tenant = tenant(subject);
    try {
      // The record alone says whose it is, never the page that comes back.
      Optional<TokensInName.NamedToken> named = record.one(tenant, subject, token);
      if (named.isEmpty()) {
        return Optional.empty();
      }
      JsonObject trace = record.trace(tenant, token);
      List<Use> uses = new ArrayList<>();
      for (JsonObject one : trace.objects("events")) {
        uses.add(use(AuditEvent.of(one.object("event"))));
      }
      Optional<JsonObject> signIn = trace.object("origin").optionalObject("sign_in");
      return Optional.of(
          new Followed(
              issued(named.get(), keys.current()),
              signIn.isPresent() ? Optional.of(from(signIn.get())) : Optional.empty(),
              uses,
              trace.truth("more_events")));
    } catch (FormatException e) {
      throw new IOException("the monitor's answer was not understood: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static From from(JsonObject signIn) throws FormatException {
    Optional<JsonObject> event = signIn.optionalObject("event");
    return new From(
        Instant.ofEpochMilli(signIn.number("time")),
        signIn.string("amr"),
        event.isPresent()
            ? AuditEvent.of(event.get().object("event")).keys().address()
            : Optional.empty());
  }

  private static Use use(AuditEvent event) throws FormatException {
    Optional<String> code = event.json().object("metadata").optionalString("event_code");
    return new Use(
        Instant.ofEpochMilli(event.timeMillis()),
        code.or(() -> textOf(event, "activity_name")).or(() -> textOf(event, "message")).orElse(""),
        event.reporter().orElse(""),
        event.keys().entity(),
        event.keys().address());
  }

  private static Optional<String> textOf(AuditEvent event, String member) {
    return event.json().get(member) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  @Override
  public byte[] export(String subject) throws IOException {
    try {
      return record.bundle(tenant(subject), subject);
    } catch (BoundedBody.TooLongException e) {
      throw new TooMuchException(e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  @Override
  public boolean revoke(String subject, String id, boolean notMe) throws IOException {
    TokenId token;
    try {
      token = TokenId.parse(id);
    } catch (FormatException e) {
      return false;
    }
    String tenant = tenant(subject);
    Optional<TokensInName.NamedToken> named;
    try {
      // The record alone says whose it is, never the page that comes back.
      named = record.one(tenant, subject, token);
    } catch (InterruptedException e) {
      throw interrupted();
    }
    if (named.isEmpty()) {
      return false;
    }
    try {
      revocations.revoke(
          new RevocationShares.Holder(tenant, subject),
          token,
          named.get().expiresAt(),
          () ->
              audit.recordContainment(
                  draft(
                      notMe ? Operation.TOKEN_DISOWN : Operation.TOKEN_REVOKE,
                      tenant,
                      subject,
                      named.get())));
      return true;
    } catch (RequestRefusedException e) {
      // What was recorded before is not so.
      audit.later(
          draft(Operation.TOKEN_REVOKE_REFUSE, tenant, subject, named.get())
              .refused(e.error().code().text(), e.error().description()));
      throw new IOException(e.error().description(), e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static EventDraft draft(
      Operation operation, String tenant, String subject, TokensInName.NamedToken token) {
    return EventDraft.of(operation)
        .part(AuthorityAudit.PART)
        .tenant(tenant)
        .user(subject)
        .client(token.clientId())
        .token(
            JsonObject.builder()
                .put("uid", token.id().toString())
                .put("client_uid", token.clientId())
                .put("log", token.id().log())
                .put("position", token.id().position())
                .put("expiration_time", token.expiresAt().toEpochMilli())
                .build());
  }

  private String tenant(String subject) throws IOException {
    return people
        .bySubject(subject)
        .map(Person::tenant)
        .orElseThrow(() -> new IOException("the person is no longer in the directory"));
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("stopped");
  }
}
