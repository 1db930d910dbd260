package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DigestLines;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.verifier.reporting.AccessTokenSource;
import dev.counterfoil.verifier.reporting.PrivateKeyJwtTokenSource;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Records digests of tokens that were composed elsewhere. */
@Command(
    name = "record",
    description = {
      "Records tokens that were composed elsewhere, before they are released.",
      "Each input line is the SHA-256 digest of a signing input (header.payload), as"
          + " sha256sum prints it. The command prints digest, log and position once the"
          + " digest is durable. A digest that is submitted again keeps its position, so you"
          + " can repeat an interrupted run."
    })
public final class RecordCommand extends InstallationCommand {
  private static final String SCOPE = "counterfoil:record";
  private static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(5);

  @Parameters(
      paramLabel = "DIGEST-FILE",
      description = "The digests, one on each line; - for standard input.")
  private String file;

  @Option(
      names = "--client",
      required = true,
      paramLabel = "ID",
      description = "The source: a client with scope " + SCOPE + ".")
  private String client;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = "Its private P-256 key as a JWK (default: the installation's).")
  private @Nullable Path keyFile;

  @Option(
      names = "--issuer",
      paramLabel = "URL",
      description = "The issuer that has the record door (default: the installation's).")
  private @Nullable String issuer;

  @Option(
      names = "--tokens",
      description = "The lines are compact JWS. The command computes their digests.")
  private boolean tokens;

  @Option(
      names = "--follow",
      description = {
        "Runs beside an issuer: records lines as they come, waits at the end of a file or named pipe"
            + " for more, and asks the door again for as long as it does not answer.",
        "Release a token only when the line with its digest is printed. A line that is no digest"
            + " is answered with a line that begins with refused."
      })
  private boolean follow;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String door = issuer != null ? issuer : installation.policy().issuer();
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_TIME_MAX).build()) {
      RecordClient records = client(door, http);
      try (DigestLines lines = new DigestLines(file, tokens, follow)) {
        if (follow) {
          follow(records, lines);
        } else {
          record(records, lines);
        }
      }
      return ExitCode.OK;
    }
  }

  private void record(RecordClient records, DigestLines lines) throws InterruptedException {
    List<Hash> batch = new ArrayList<>();
    Optional<Hash> next = lines.next();
    while (next.isPresent()) {
      batch.add(next.get());
      next = lines.next();
      if (batch.size() == RecordClient.COUNT_MAX || next.isEmpty()) {
        print(batch, records.record(batch));
        batch.clear();
      }
    }
  }

  /** What has come by now is one batch: nobody waits for lines that are not written yet. */
  private void follow(RecordClient records, DigestLines lines) throws InterruptedException {
    boolean ended = false;
    while (!ended) {
      List<Hash> batch = new ArrayList<>();
      do {
        try {
          Optional<Hash> next = lines.next();
          next.ifPresent(batch::add);
          ended = next.isEmpty();
        } catch (DigestLines.BadLineException e) {
          print(
              JsonObject.builder().put("refused", String.valueOf(e.getMessage())).build(),
              "refused: " + e.getMessage());
        }
      } while (!ended && batch.size() < RecordClient.COUNT_MAX && lines.isReady());
      if (!batch.isEmpty()) {
        print(batch, records.record(batch));
      }
      flush();
    }
  }

  private RecordClient client(String door, HttpClient http) {
    AccessTokenSource credentials = credentials(door, http);
    try {
      return new RecordClient(
          door, credentials, http, follow ? Integer.MAX_VALUE : RecordClient.AGAIN_MAX);
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          e.getMessage()
              + ". Is the authority running, and is the client registered with this key,"
              + " audience "
              + door
              + " and scope "
              + SCOPE
              + "?");
    }
  }

  private AccessTokenSource credentials(String door, HttpClient http) {
    Path key = keyFile != null ? keyFile : installation.context().privateKey(client);
    try {
      return new PrivateKeyJwtTokenSource(
          door,
          client,
          key,
          Map.of("audience", door, "scope", SCOPE),
          http,
          InstantSource.system(),
          new SecureRandom());
    } catch (IOException e) {
      throw CommandFailure.environment(
          "cannot use the key of "
              + client
              + " in "
              + key
              + ". Name another with --key-file, or create one with counterfoil client"
              + " add --make-key");
    }
  }

  private void print(List<Hash> digests, RecordClient.Recorded recorded) {
    for (int i = 0; i < digests.size(); i++) {
      String hex = digests.get(i).hex();
      long position = recorded.positions().get(i);
      print(
          JsonObject.builder()
              .put("digest", hex)
              .put("log", recorded.log())
              .put("position", position)
              .build(),
          hex + " " + recorded.log() + " " + position);
    }
  }
}
