package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.Red;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.DemoService;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.IssuanceProof;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verification;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reporting.SightingReporter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks a token as a service would. */
@Command(
    name = "verify",
    description = {
      "Checks a token as a service does, and that it was issued.",
      "It also checks signature, key scope and times.",
      "It reports the sighting to the monitor, as services do. Exit code 0: verified;"
          + " 1: refused, or signed by a legacy key whose tokens nobody records; 4: the"
          + " authority does not answer, so there is no verdict."
    })
public final class VerifyCommand extends InstallationCommand {
  @Parameters(
      paramLabel = "TOKEN-FILE",
      description = "The file that contains the token, or - for standard input.")
  private String tokenFile;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "Start from this policy instead of an installation's; nothing is reported.")
  private @Nullable Path policyFile;

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      defaultValue = DemoService.NAME,
      description = "The service that the token must be for (default: ${DEFAULT-VALUE}).")
  private String audience;

  @Option(
      names = "--tenant",
      paramLabel = "NAME",
      description = "The tenant that the token must belong to (default: any).")
  private @Nullable String tenant;

  @Option(
      names = "--report-as",
      paramLabel = "CLIENT_ID",
      defaultValue = DemoService.NAME,
      description =
          "Report the sighting as this client. Its key must be in the context's folder"
              + " of clients, where client add --make-key puts it (default:"
              + " ${DEFAULT-VALUE}).")
  private String reportAs;

  @Option(names = "--no-report", description = "Do not report the sighting to the monitor.")
  private boolean noReport;

  /** It has just started and asks once: on a busy machine what it fetches may take a while. */
  public static final VerifierLimits PATIENT =
      VerifierLimits.defaults().withWaits(Duration.ofSeconds(15), Duration.ofSeconds(5));

  private static final RequestContext SEEN_HERE =
      RequestContext.none().withResource("counterfoil verify");

  /** Who does not give a checkpoint by then is not asked for all the rest. */
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(3);

  @Override
  public Integer call() throws IOException {
    String token = TokenFile.read(tokenFile);
    TrustPolicy policy =
        policyFile != null ? InstallationOptions.readPolicy(policyFile) : installation.policy();
    checkThatItAnswers(policy);
    if (policyFile != null || noReport) {
      try (Verifier verifier = Verifier.builder(policy).limits(PATIENT).build()) {
        return answer(token, verifier.verify(token, expectations()));
      }
    }
    SightingReporter reporter = service().reporter();
    int code;
    try (reporter;
        Verifier verifier = Verifier.builder(policy).limits(PATIENT).sightings(reporter).build()) {
      Verification verification = verifier.verify(token, expectations(), SEEN_HERE);
      code = answer(token, verification);
      if (verification instanceof Refused) {
        inspectBeside(token);
      }
    }
    if (reporter.lost() > 0) {
      System.err.println(
          "Warning: the monitor did not take the sighting, so a forged token leaves no finding. Run"
              + " this command again when the monitor answers.");
    }
    return code;
  }

  /**
   * Has the other domains of the installation look at a token that this one refuses: it may be
   * forged with a key of theirs. One whose authority or reporter is not there is passed over.
   */
  private void inspectBeside(String token) {
    for (Context other : installation.contexts().contexts()) {
      if (other.domain().equals(installation.domainName())
          || !Files.isReadable(other.privateKey(reportAs))) {
        continue;
      }
      try {
        TrustPolicy policy = InstallationOptions.readPolicy(other.policy());
        checkThatItAnswers(policy);
        try (SightingReporter reporter = new DemoService(other, reportAs).reporter();
            Verifier verifier =
                Verifier.builder(policy).limits(PATIENT).sightings(reporter).build()) {
          verifier.inspect(token, expectations(), SEEN_HERE);
        }
      } catch (IOException | CommandFailure e) {
        System.err.println(
            "Warning: domain "
                + other.domain()
                + " cannot say whether one of its keys signed the token: "
                + e.getMessage());
      }
    }
  }

  private DemoService service() {
    Path key = installation.context().privateKey(reportAs);
    if (!Files.isReadable(key)) {
      throw CommandFailure.environment(
          ("there is no key of client %s in %s to report the sighting with. Name"
                  + " another client with --report-as, or add --no-report")
              .formatted(reportAs, key.getParent()));
    }
    return new DemoService(installation.context(), reportAs);
  }

  /** A service goes on with what it knows; this has just started, and knows nothing. */
  private static void checkThatItAnswers(TrustPolicy policy) {
    try {
      HttpReadSide.create(ANSWERS_WITHIN)
          .get(URI.create(KeyLog.url(policy.issuer()) + "/checkpoint"), SignedNote.BYTES_MAX);
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "no verdict on this token: the key log of "
              + policy.issuer()
              + " cannot be read. Is its authority running? ("
              + CommandFailure.reason(e)
              + ")");
    }
  }

  private Expectations expectations() {
    Expectations.WithType expected = Expectations.audience(audience).accessToken();
    return (tenant == null ? expected.anyTenant() : expected.tenant(tenant))
        .bearerAllowed()
        .attachedIssuers(AllowList.all());
  }

  private int answer(String token, Verification verification) {
    return switch (verification) {
      case Verified verified -> {
        print(toJson(verified), toText(verified));
        yield ExitCode.OK;
      }
      case Unrecorded unrecorded -> {
        print(toJson(unrecorded), toText(unrecorded));
        yield ExitCode.NO;
      }
      case Refused refused -> {
        print(toJson(refused), "REFUSED  " + refused.code().text() + "\n  " + refused.reason());
        if (refused.code() == RefusalCode.AUDIENCE) {
          System.err.println(audienceHint(token, audience));
        }
        yield ExitCode.NO;
      }
    };
  }

  /** What to give where the token is for another service than was expected. */
  static String audienceHint(String token, String expected) {
    return "  expected audience "
        + expected
        + (expected.equals(DemoService.NAME) ? ", the default" : "")
        + ". To check the token as another service, add --audience "
        + firstAudience(token).map(first -> PlainText.of(first, 200)).orElse("NAME");
  }

  /** The first service that a token says it is for; empty where that cannot be read. */
  private static Optional<String> firstAudience(String token) {
    try {
      Object named =
          StrictJson.object(
                  Base64Url.decode(token.split("\\.", -1)[token.indexOf('.') < 0 ? 0 : 1]),
                  TokenFile.BYTES_MAX)
              .get("aud");
      List<?> all = named instanceof List<?> list ? list : Stream.ofNullable(named).toList();
      return all.stream().<String>map(String::valueOf).findFirst();
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  public static String toText(Unrecorded unrecorded) {
    return Red.text("UNRECORDED")
        + "  nobody can prove that this token was issued\n  Its issuer keeps no record:"
        + " anybody who has the issuer's key can make such tokens.\n  subject     "
        + unrecorded.subject()
        + "\n  tenant      "
        + unrecorded.tenant()
        + "\n  key         "
        + unrecorded.keyId()
        + "\n  honoured as such until "
        + unrecorded.until();
  }

  private static JsonObject toJson(Unrecorded unrecorded) {
    return JsonObject.builder()
        .put("verified", false)
        .put("unrecorded", true)
        .put("until", unrecorded.until().getEpochSecond())
        .put("kid", unrecorded.keyId())
        .put("audit_id", unrecorded.auditId())
        .put("claims", unrecorded.claims())
        .build();
  }

  public static String toText(Verified verified) {
    return "VERIFIED\n"
        + "  issuer      "
        + verified.issuer()
        + "\n"
        + "  subject     "
        + verified.subject()
        + "\n"
        + "  tenant      "
        + verified.tenant()
        + "\n"
        + "  client      "
        + verified.clientId().orElse("-")
        + "\n"
        + "  scope       "
        + String.join(" ", verified.scopes())
        + "\n"
        + "  valid       "
        + verified.issuedAt()
        + " to "
        + verified.expiresAt()
        + "\n"
        + "  key         "
        + verified.keyId()
        + "\n"
        + "  identifier  "
        + verified.tokenId()
        + "\n"
        + "  counterfoil at position "
        + verified.position()
        + " of "
        + checkpoint(verified).origin()
        + ",\n              covered by the checkpoint of size "
        + checkpoint(verified).size()
        + ", root "
        + checkpoint(verified).root().base64();
  }

  private static Checkpoint checkpoint(Verified verified) {
    return switch (verified.proof()) {
      case IssuanceProof.Shown shown -> shown.checkpoint();
      case IssuanceProof.ReportedOnly only ->
          throw new IllegalStateException("a refusing verifier answered " + only.code());
    };
  }

  private static JsonObject toJson(Verified verified) {
    return JsonObject.builder()
        .put("verified", true)
        .put("position", verified.position())
        .put("kid", verified.keyId())
        .put("audit_id", verified.auditId())
        .put(
            "checkpoint",
            JsonObject.builder()
                .put("origin", checkpoint(verified).origin())
                .put("size", checkpoint(verified).size())
                .put("root", checkpoint(verified).root().base64())
                .build())
        .put("claims", verified.claims())
        .build();
  }

  private static JsonObject toJson(Refused refused) {
    return JsonObject.builder()
        .put("verified", false)
        .put("code", refused.code().text())
        .put("reason", refused.reason())
        .build();
  }
}
