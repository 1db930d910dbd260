package dev.counterfoil.authority.administration;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.clients.Client;
import dev.counterfoil.authority.http.RequestRefusedException;
import dev.counterfoil.authority.people.ContainedPeople;
import dev.counterfoil.authority.token.RevocationShares;
import dev.counterfoil.authority.token.TokenRevocations;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/**
 * What the response process may ask: each takes access away, and none gives any. With {@code
 * dry_run} a command says its reach and changes nothing. Asked for again, each changes nothing
 * more, so that a process which was killed in between asks again.
 *
 * @param people where people sign in
 */
public record ContainmentCommands(
    ClientCommands clients,
    Optional<ContainedPeople> people,
    TokenRevocations revocations,
    AuthorityAudit audit,
    InstantSource clock) {
  /** {@code {"token", "dry_run"?}} to {@code {"reach", "what"}}: one token. */
  public static final String TOKEN = "contain-token";

  /**
   * {@code {"subject", "grant"?, "dry_run"?}} to {@code {"reach", "what", "tokens_not_revoked"?}}:
   * a person's sessions, grants and tokens, or what came of one grant.
   */
  public static final String PERSON = "contain-person";

  /** {@code {"client_id", "dry_run"?}} to the same: a client is disabled. */
  public static final String CLIENT = "contain-client";

  /** Every command, and the event that it is when it is done. */
  static final Map<String, Operation> OPERATIONS =
      Map.of(
          TOKEN, Operation.TOKEN_REVOKE,
          PERSON, Operation.PERSON_CONTAIN,
          CLIENT, Operation.CLIENT_ADMIT);

  /** As long as the longest token: a revocation is over when nothing is left to refuse. */
  private static final Duration REVOKED_FOR_MAX = Duration.ofHours(24);

  private static final String DRY_RUN = "dry_run";
  private static final String WHY = "ended by a playbook of the response process";

  /** Carries one out: recorded before it is done. */
  Answer carryOut(Request.Command command, Administrator who) {
    try {
      JsonObject arguments = command.arguments();
      boolean isDry = arguments.has(DRY_RUN) && arguments.truth(DRY_RUN);
      return switch (command.name()) {
        case TOKEN -> token(arguments, isDry, who);
        case PERSON -> person(arguments, isDry, who);
        default -> client(arguments, isDry, who);
      };
    } catch (FormatException e) {
      return refused(
          command, who, new Answer.Refused(Answer.Code.MALFORMED, String.valueOf(e.getMessage())));
    } catch (RequestRefusedException e) {
      return refused(command, who, new Answer.Refused(Answer.Code.BUSY, e.error().description()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Refused(Answer.Code.BUSY, "this process ends");
    }
  }

  private Answer token(JsonObject arguments, boolean isDry, Administrator who)
      throws FormatException, RequestRefusedException, InterruptedException {
    TokenId token = TokenId.parse(arguments.string("token"));
    // Nobody's word on the token's end counts: it would be the finding's, and so a reporter's.
    Instant until = clock.instant().plus(REVOKED_FOR_MAX);
    if (isDry) {
      return tried(who, "token", token.toString(), 1, "token");
    }
    revocations.revoke(
        new RevocationShares.Holder(KeyCeiling.OWN_TENANT, who.name()),
        token,
        until,
        () ->
            audit.recordContainment(
                who.draftOf(
                        Operation.TOKEN_REVOKE,
                        JsonObject.builder()
                            .put("uid", token.toString())
                            .put("log", token.log())
                            .put("position", token.position())
                            .build())
                    .message(WHY)));
    return done(1, "token");
  }

  private Answer person(JsonObject arguments, boolean isDry, Administrator who)
      throws FormatException {
    String subject = arguments.string("subject");
    Optional<String> grant = arguments.optionalString("grant");
    Optional<String> tenant = people.flatMap(of -> of.tenant(subject));
    if (tenant.isEmpty() || !who.reaches(tenant.get())) {
      return refused(
          new Request.Command(PERSON, arguments),
          who,
          new Answer.Refused(Answer.Code.UNKNOWN, "there is no such person here"));
    }
    int grants = people.orElseThrow().reach(subject, grant);
    String what = grant.isPresent() ? "grant" : "grants";
    if (isDry) {
      return tried(who, "person", subject, grants, what);
    }
    audit.recordContainment(
        who.draft(Operation.PERSON_CONTAIN, tenant.get())
            .entity("person", subject)
            .message(grant.map(id -> "grant " + id + ": ").orElse("") + WHY));
    Optional<String> waits = people.orElseThrow().end(subject, grant, WHY);
    Answer.Done done = done(grants, what);
    return waits
        .<Answer>map(why -> new Answer.Done(done.result().with("tokens_not_revoked", why)))
        .orElse(done);
  }

  private Answer client(JsonObject arguments, boolean isDry, Administrator who)
      throws FormatException {
    String id = arguments.string("client_id");
    Optional<Client> client = clients.clients().find(id);
    if (client.isEmpty() || !who.reaches(client.get().registration().tenant())) {
      return refused(
          new Request.Command(CLIENT, arguments),
          who,
          new Answer.Refused(Answer.Code.UNKNOWN, "there is no client of this id"));
    }
    if (client.get().registration().isOfOperator()) {
      // An attacker who plants a finding must not disable the clients that investigate it.
      return refused(
          new Request.Command(CLIENT, arguments),
          who,
          new Answer.Refused(
              Answer.Code.NOT_ALLOWED, "a client of the operator's is disabled by people alone"));
    }
    int reach = client.get().standing().disabled() ? 0 : 1;
    if (isDry) {
      return tried(who, "client", id, reach, "client");
    }
    Answer answer =
        clients.carryOut(
            new Request.Command(
                ClientCommands.ADMIT,
                JsonObject.builder().put("client_id", id).put("disabled", true).build()),
            who);
    return answer instanceof Answer.Done done
        ? new Answer.Done(done.result().with("reach", (long) reach, "what", "client"))
        : answer;
  }

  /** Nothing is done, and that it was asked is an event of its own. */
  private Answer tried(Administrator who, String type, String id, int reach, String what) {
    return audit
        .recorded(who.draft(Operation.CONTAINMENT_TRY).entity(type, id))
        .<Answer>map(refused -> refused)
        .orElseGet(() -> done(reach, what));
  }

  private static Answer.Done done(int reach, String what) {
    return new Answer.Done(
        JsonObject.builder().put("reach", (long) reach).put("what", what).build());
  }

  private Answer refused(Request.Command command, Administrator who, Answer.Refused refused) {
    audit.later(
        who.draft(Operation.CONTAINMENT_TRY)
            .entity("command", command.name())
            .refused(refused.code().name(), refused.text()));
    return refused;
  }
}
