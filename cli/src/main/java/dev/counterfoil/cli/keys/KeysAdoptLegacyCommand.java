package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatement.Assurance;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.monitor.attached.IssuerKeys;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Takes in another issuer's public key, to verify with and never to sign with. */
@Command(
    name = "adopt-legacy",
    description = {
      "Adopts the public key of a legacy issuer, to verify its tokens until a date.",
      "No signer here signs with it. Nothing proves that such a token was issued, so"
          + " verifiers call it unrecorded, never verified. With --record-log the legacy"
          + " issuer submits its tokens' digests to the record door, and only tokens whose"
          + " digests are there are verified."
    })
final class KeysAdoptLegacyCommand extends InstallationCommand {
  private static final int JWK_BYTES_MAX = 64 * 1024;

  private final InstantSource clock = InstantSource.system();

  @Option(
      names = "--jwk",
      paramLabel = "FILE",
      required = true,
      description = "The public key, one JWK (RFC 7517). A file with a private key is refused.")
  private Path jwkFile;

  @Option(
      names = "--until",
      paramLabel = "DATE",
      required = true,
      description =
          "The end date: from this date on (UTC) its tokens are refused, so the last day"
              + " is the one before.")
  private String until;

  @Option(
      names = "--since",
      paramLabel = "DATE",
      description = "Tokens issued before this date are refused (default: today).")
  private @Nullable String since;

  @Option(
      names = "--tenant",
      paramLabel = "NAME",
      required = true,
      description = "A tenant that its tokens may belong to. May be repeated.")
  private List<String> tenants = new ArrayList<>();

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      required = true,
      description = "A service that its tokens may be for. May be repeated.")
  private List<String> audiences = new ArrayList<>();

  @Option(
      names = "--type",
      paramLabel = "TYP",
      required = true,
      description = "A typ of its tokens; JWT for tokens without one. May be repeated.")
  private List<String> types = new ArrayList<>();

  @Option(
      names = "--life-max",
      paramLabel = "SECONDS",
      defaultValue = "900",
      description = "The longest lifetime of its tokens (default: ${DEFAULT-VALUE}).")
  private long lifeMaxSeconds;

  @Option(
      names = "--kid",
      paramLabel = "KID",
      description = "The name of the key in its tokens (default: the JWK's kid).")
  private @Nullable String kid;

  @Option(
      names = "--record-log",
      paramLabel = "LOG",
      description = "The record log that holds the digests of its tokens, such as d1g1.")
  private @Nullable String recordLog;

  @Option(
      names = "--yes",
      description = "Do it. Without this, the command only shows what it would do.")
  private boolean yes;

  @Override
  public Integer call() throws OperatorException, IOException, InterruptedException {
    JsonObject read = read();
    for (String member : read.names()) {
      if (PublicJwk.PRIVATE_MEMBERS.contains(member)) {
        throw CommandFailure.environment(
            """
            %s CONTAINS A PRIVATE KEY (member %s). The command refuses it, and kept or sent nothing of it.
            Anybody who can read that file can sign as the legacy issuer. Remove it from this machine, find out who has
            read it, and adopt the public half only."""
                .formatted(jwkFile, member));
      }
    }
    KeyStatement statement = statement(read);
    if (!yes) {
      System.err.println(
          "This would let key %s verify tokens for %s and %s until %s, %s. To do it, add --yes."
              .formatted(
                  statement.kid(),
                  statement.tenants().toJson(),
                  statement.audiences().toJson(),
                  statement.activeUntil(),
                  recordLog == null
                      ? "AND NOTHING WOULD PROVE THAT THEY WERE ISSUED"
                      : "when " + recordLog + " has their digests"));
      return ExitCode.USAGE;
    }
    boolean changed = new OperatorClient(installation.context()).adopt(statement);
    print(
        JsonObject.builder()
            .put("kid", statement.kid())
            .put("until", statement.activeUntil().getEpochSecond())
            .put("changed", changed)
            .build(),
        (changed ? "ADOPTED  " : "NOTHING CHANGED  ")
            + statement.kid()
            + "\n  verify only, until "
            + statement.activeUntil()
            + ". To see it, run counterfoil keys list");
    return ExitCode.OK;
  }

  private JsonObject read() throws IOException {
    try {
      return StrictJson.object(Files.readAllBytes(jwkFile), JWK_BYTES_MAX);
    } catch (FormatException e) {
      throw CommandFailure.environment(jwkFile + " is not a JWK: " + e.getMessage());
    }
  }

  private KeyStatement statement(JsonObject read) throws IOException {
    Instant end = date("--until", until);
    Instant start = since == null ? clock.instant() : date("--since", since);
    Duration life = Duration.ofSeconds(lifeMaxSeconds);
    try {
      PublicJwk jwk = PublicJwk.parse(IssuerKeys.material(read));
      String name = kid != null ? kid : read.optionalString("kid").orElse(null);
      return KeyStatement.builder(jwk)
          .domain(installation.policy().domain())
          .issuer(installation.policy().issuer())
          .purpose("legacy")
          .tenants(AllowList.of(tenants.toArray(String[]::new)))
          .tokenTypes(AllowList.of(types.toArray(String[]::new)))
          .audiences(AllowList.of(audiences.toArray(String[]::new)))
          .lifeMax(life)
          .active(Instant.ofEpochSecond(start.getEpochSecond()), end)
          .verifyUntil(end.plus(life))
          .record(recordLog == null ? new RecordForm.None(end) : new RecordForm.Digest(recordLog))
          .alias(jwk.thumbprint().equals(name) ? null : name)
          .custody("legacy", Assurance.UNKNOWN)
          .build();
    } catch (FormatException | IllegalArgumentException e) {
      throw CommandFailure.environment("the key cannot be adopted: " + e.getMessage());
    }
  }

  private static Instant date(String option, String text) {
    try {
      return LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC);
    } catch (DateTimeParseException e) {
      throw CommandFailure.environment(option + " is not a date, such as 2027-03-31");
    }
  }
}
