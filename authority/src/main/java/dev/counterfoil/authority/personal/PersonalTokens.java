package dev.counterfoil.authority.personal;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.keys.PublishedKeys;
import dev.counterfoil.authority.token.RevocationShares;
import dev.counterfoil.authority.token.TokenRevocations;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.signin.InTheirName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The tokens in people's names on their account pages: listed by the record, and revoked one by
 * one.
 */
public final class PersonalTokens implements InTheirName {
  /** How long counterfoils are kept. */
  private static final Duration KEPT = Duration.ofDays(730);

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
  public Listed list(String subject, Optional<String> before, int max) throws IOException {
    try {
      Optional<PublishedKeys.Published> published = keys.current();
      TokensInName.Page page =
          record.page(tenant(subject), subject, clock.instant().minus(KEPT), before, max);
      return new Listed(
          page.tokens().stream()
              .map(
                  token ->
                      new Issued(
                          token.id().toString(),
                          token.issuedAt(),
                          clientName.apply(token.clientId()),
                          String.join(" ", token.audiences()),
                          token.scope(),
                          token.expiresAt(),
                          published.filter(set -> set.isRevoked(token.id())).isPresent()))
              .toList(),
          page.next());
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
    try {
      // The record alone says whose it is, never the page that comes back.
      Optional<TokensInName.NamedToken> named = record.one(tenant, subject, token);
      if (named.isEmpty()) {
        return false;
      }
      revocations.revoke(
          new RevocationShares.Holder(tenant, subject),
          token,
          named.get().expiresAt(),
          () -> audit.recordContainment(draft(tenant, subject, named.get(), notMe)));
      return true;
    } catch (RequestRefusedException e) {
      throw new IOException(e.error().description(), e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static EventDraft draft(
      String tenant, String subject, TokensInName.NamedToken token, boolean notMe) {
    return EventDraft.of(notMe ? Operation.TOKEN_DISOWN : Operation.TOKEN_REVOKE)
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
