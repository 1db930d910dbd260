package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.TimeText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Changes what is registered about a client. */
@Command(
    name = "update",
    description = {
      "Changes what a client may have; what is not named stays.",
      "It keeps its secret or its keys, and its tokens stay valid."
    })
final class ClientUpdateCommand extends ClientCommand.ManagingOne {
  @Option(
      names = "--audience",
      paramLabel = "NAME",
      description = "The services that its tokens may be for, instead of today's. Repeatable.")
  private @Nullable List<String> audiences;

  @Option(
      names = "--scope",
      paramLabel = "SCOPE",
      description = "The scopes that its tokens may have, instead of today's. Repeatable.")
  private @Nullable List<String> scopes;

  @Option(names = "--subject", paramLabel = "NAME", description = "The sub of its tokens.")
  private @Nullable String subject;

  @Option(
      names = "--jwks",
      paramLabel = "FILE",
      description = "Its public keys, instead of today's, for a client that has keys.")
  private @Nullable Path jwks;

  @Option(
      names = "--dpop",
      negatable = true,
      description = "Whether its tokens must be bound to a key of its own (DPoP).")
  private @Nullable Boolean dpop;

  @Option(
      names = "--introspects",
      negatable = true,
      description = "Whether it may introspect tokens for its audiences.")
  private @Nullable Boolean introspects;

  @Option(
      names = "--token-life",
      paramLabel = "DURATION",
      converter = DurationText.class,
      description = "Lifetime of its tokens, such as 10m; 0 for the domain's.")
  private @Nullable Duration tokenLife;

  @Option(
      names = "--expires",
      paramLabel = "TIME",
      description = "From when on it is refused: " + TimeText.FUTURE + ", or never.")
  private @Nullable String expires;

  @Mixin private SignInOptions signIn = new SignInOptions();

  @Override
  void manage(AuthorityAdmin admin)
      throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
    ClientRegistration before = registered(admin, clientId);
    Optional<Instant> end = expires == null ? Optional.empty() : expiry(expires);
    ClientRegistration after;
    try {
      after = changed(before);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    }
    if (!after.equals(before)) {
      check(after);
      var _ = admin.update(after);
    }
    if (expires != null) {
      admin.expire(clientId, end);
    }
    print(
        after.toJson(),
        after.equals(before) && expires == null
            ? clientId + " is registered like that already."
            : "Updated " + clientId + ". To see it, run: counterfoil client show " + clientId);
  }

  private ClientRegistration changed(ClientRegistration before) throws IOException {
    Optional<Duration> life = before.tokenLife();
    if (tokenLife != null) {
      life = tokenLife.isZero() ? Optional.empty() : Optional.of(tokenLife);
    }
    return new ClientRegistration(
        before.clientId(),
        before.name(),
        before.tenant(),
        subject == null ? before.subject() : subject,
        before.method(),
        jwks == null ? before.jwks() : Optional.of(keysIn(jwks)),
        audiences == null ? before.audiences() : audiences,
        scopes == null ? before.scopes() : scopes,
        dpop == null ? before.dpopRequired() : dpop,
        introspects == null ? before.mayIntrospect() : introspects,
        life,
        before.tokenAlgorithm(),
        before.concessions(),
        signIn.changed(before.signIn()));
  }

  /** From when on a client is refused; empty for never. */
  static Optional<Instant> expiry(String text) {
    if (text.equals("never")) {
      return Optional.empty();
    }
    Instant now = InstantSource.system().instant();
    Instant end = TimeText.future("--expires", text, now);
    if (!end.isAfter(now)) {
      throw CommandFailure.environment(
          "--expires "
              + text
              + " is past. To refuse the client now, run: counterfoil client disable");
    }
    return Optional.of(end);
  }
}
