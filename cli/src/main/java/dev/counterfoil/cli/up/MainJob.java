package dev.counterfoil.cli.up;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.token.ForgedToken;
import dev.counterfoil.cli.token.TokenClient;
import dev.counterfoil.cli.token.VerifyCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.DemoService;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.IOException;
import java.time.Duration;

/**
 * The main job once, before a newcomer's eyes: a token, its counterfoil, its check, and a forgery
 * that is refused.
 */
final class MainJob {
  /** On a busy machine what was ready a moment ago may have to be waited for. */
  private static final Duration TOKEN_WITHIN = Duration.ofSeconds(15);

  private final Installation running;
  private final UpNarration narration;

  MainJob(Installation running, UpNarration narration) {
    this.running = running;
    this.narration = narration;
  }

  void run() throws IOException, InterruptedException {
    Domain domain = running.configuration().domains().getFirst();
    DataFolder.DomainFolder folder = running.folder().domain(domain.name());
    TrustPolicy policy = InstallationOptions.readPolicy(folder.policy());

    narration.say("\n1. A client asks for a token.");
    String token =
        TokenClient.accessToken(
            TokenClient.ask(
                policy.issuer(),
                InstallationClients.DEMO,
                TokenClient.secret(folder.secret(InstallationClients.DEMO)),
                null,
                null,
                TOKEN_WITHIN));
    narration.say("   It arrived: %d characters, not shown here.".formatted(token.length()));

    narration.say("\n2. A service checks it, and looks for its counterfoil in the log.");
    DemoService service = new DemoService(running.folder().context(domain.name()));
    try (SightingReporter reporter = service.reporter();
        Verifier verifier =
            Verifier.builder(policy).limits(VerifyCommand.PATIENT).sightings(reporter).build()) {
      say(verifier.verify(token, expectations(domain), seenAs("the honest token")));

      narration.say("\n3. An attacker who has seen the token forges one with the same claims.");
      // Ours is not reported: findings are for what happened.
      try (Verifier silent = Verifier.builder(policy).limits(VerifyCommand.PATIENT).build()) {
        say(silent.verify(ForgedToken.from(token), expectations(domain)));
      }
      narration.say(
          """

             A service reports such a token, and the monitor makes a finding of it (counterfoil findings).
             This one was only a demonstration. Nobody reported it.""");
      narration.say(
          """

             That forger had no key of this domain. To see what happens with a stolen key and a valid signature, run
             ./counterfoil drill storm-0558""");
    } catch (FormatException e) {
      throw CommandFailure.unavailable("the token that came is not a token: " + e.getMessage());
    }
  }

  private static Expectations expectations(Domain domain) {
    return Expectations.audience(InstallationClients.demoAudience(domain.audiences()))
        .accessToken()
        .anyTenant()
        .bearerAllowed();
  }

  private static RequestContext seenAs(String resource) {
    return RequestContext.none().withResource(resource);
  }

  private void say(Verification verification) {
    String text =
        switch (verification) {
          case Verified verified -> VerifyCommand.toText(verified);
          case Unrecorded unrecorded -> VerifyCommand.toText(unrecorded);
          case Refused refused -> "REFUSED  " + refused.code().text() + "\n  " + refused.reason();
        };
    narration.say("   " + text.replace("\n", "\n   "));
  }
}
