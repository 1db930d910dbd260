package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which custodian a command asks, about which logs, and with whose token. */
public final class CustodianOptions {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final int VKEY_BYTES_MAX = 4096;

  @Mixin private InstallationOptions installation;

  @Option(
      names = "--token",
      required = true,
      paramLabel = "FILE",
      description = "File with the access token, or - for standard input.")
  private String tokenFile;

  @Option(
      names = "--custodian",
      paramLabel = "URL",
      description = "The custodian (default: the installation's monitor).")
  private @Nullable URI custodian;

  @Option(
      names = "--custodian-key",
      paramLabel = "VKEY",
      description = "The custodian's key (default: the installation's monitor's).")
  private @Nullable String custodianKey;

  @Option(
      names = "--key",
      paramLabel = "VKEY",
      description = "The key of one log (default: every log that the domain's key set states).")
  private @Nullable String logKey;

  public static HttpClient http() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT)
        .build();
  }

  public String token() {
    return TokenFile.read(tokenFile);
  }

  public URI url() {
    return custodian != null ? custodian : installation.monitor().url();
  }

  public CosignerKey key() throws FormatException {
    if (custodianKey != null) {
      return CosignerKey.parse(custodianKey);
    }
    Path file = installation.context().cosignerKey();
    try {
      if (Files.size(file) <= VKEY_BYTES_MAX) {
        return CosignerKey.parse(Files.readString(file).strip());
      }
      throw CommandFailure.environment(file + " is not a key");
    } catch (IOException e) {
      throw CommandFailure.environment(
          "name the custodian's key with --custodian-key. Cannot read " + file);
    }
  }

  public List<NoteKey> logs() throws FormatException, InterruptedException {
    if (logKey != null) {
      return List.of(NoteKey.parse(logKey));
    }
    return FetchedKeys.fetch(installation.policy()).logs().stream()
        .filter(log -> !TokenId.isRecordLogName(log.name()))
        .map(StatedLog::key)
        .toList();
  }
}
