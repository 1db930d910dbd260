package dev.counterfoil.cli;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.custodian.HeldToken;
import dev.counterfoil.custodian.TenantCheck;
import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.CosignerKey;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.installation.InstallationConfiguration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists a tenant's tokens and checks that these are all. */
@Command(
    name = "tenant",
    mixinStandardHelpOptions = true,
    description = {
      "Fetches every counterfoil of a tenant from a custodian, and proves each.",
      "Their number is held against the one that the custodian states: so that a tenant is sure that these are all.",
      "The access token is of a client of the tenant, for the custodian as its audience, with scope",
      "counterfoil:tenant. Exit code 0: these are all; 1: they are not, and what differs is said."
    })
final class LogTenantCommand implements Callable<Integer> {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final int VKEY_BYTES_MAX = 4096;

  @Parameters(paramLabel = "TENANT", description = "The tenant.")
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private String tenant;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private InstallationOptions installation;

  @Option(
      names = "--token",
      required = true,
      paramLabel = "FILE",
      description = "File with the access token, or - for standard input.")
  @SuppressWarnings("NullAway.Init") // required
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
      description = "Key of one log (default: every log that the domain's key set states).")
  private @Nullable String logKey;

  @Option(names = "--list", description = "Print a line for each counterfoil.")
  private boolean list;

  @Option(names = "--json", description = "Print JSON: a line for each log.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    boolean isAll = true;
    try (HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build()) {
      TenantCheck check = new TenantCheck(http, url(), cosigner(), TokenFile.read(tokenFile));
      for (NoteKey log : logs()) {
        TenantCheck.Verdict verdict = check.check(log, tenant, this::show);
        show(log, verdict);
        isAll &= verdict.isAll();
      }
    } catch (FormatException e) {
      throw CommandFailure.environment(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.unavailable("the custodian: " + e.getMessage());
    }
    return isAll ? ExitCode.OK : ExitCode.NO;
  }

  private URI url() {
    if (custodian != null) {
      return custodian;
    }
    Path file = installation.folder().effectiveConfiguration();
    try {
      return URI.create(
          "http://" + Configuration.read(file, InstallationConfiguration.class).monitorListen());
    } catch (ConfigurationException e) {
      throw CommandFailure.environment("name the custodian with --custodian: " + e.getMessage());
    }
  }

  private CosignerKey cosigner() throws FormatException {
    if (custodianKey != null) {
      return CosignerKey.parse(custodianKey);
    }
    Path file = installation.folder().monitor().resolve("cosigner.vkey");
    try {
      if (Files.size(file) <= VKEY_BYTES_MAX) {
        return CosignerKey.parse(Files.readString(file).strip());
      }
      throw CommandFailure.environment(file + " is no key");
    } catch (IOException e) {
      throw CommandFailure.environment(
          "name the custodian's key with --custodian-key: cannot read " + file);
    }
  }

  private List<NoteKey> logs() throws FormatException, InterruptedException {
    if (logKey != null) {
      return List.of(NoteKey.parse(logKey));
    }
    return PublishedKeys.fetch(installation.policy()).logs().stream()
        .filter(log -> !TokenId.isRecordLogName(log.name()))
        .map(StatedLog::key)
        .toList();
  }

  private void show(HeldToken token) {
    if (!list) {
      return;
    }
    JsonObject.Builder line = JsonObject.builder().put("position", token.position());
    for (String claim : List.of("jti", "sub", "client_id")) {
      line.put(claim, token.text(claim).orElse(null));
    }
    token.number("iat").ifPresent(at -> line.put("iat", at));
    token.number("exp").ifPresent(at -> line.put("exp", at));
    System.out.println(line.build());
  }

  private void show(NoteKey log, TenantCheck.Verdict verdict) {
    if (json) {
      JsonObject.Builder line = JsonObject.builder().put("log", log.name()).put("tenant", tenant);
      verdict.head().ifPresent(head -> line.put("size", head.size()));
      System.out.println(
          line.put("all", verdict.isAll())
              .put("stated", verdict.stated())
              .put("proved", verdict.proved())
              .put("shredded", verdict.shredded())
              .put("older_forgotten", verdict.forgotten())
              .put("faults", new ArrayList<>(verdict.faults()))
              .build());
      return;
    }
    if (verdict.isAll()) {
      System.out.printf(
          "These are all: %d tokens of %s among the first %d of %s.%n",
          verdict.proved(), tenant, verdict.head().map(Checkpoint::size).orElse(0L), log.name());
      return;
    }
    System.out.printf("%s: these are not all, or not of the log:%n", log.name());
    verdict.faults().forEach(fault -> System.out.println("  " + fault));
    if (verdict.forgotten()) {
      System.out.println(
          "  The custodian no longer keeps the oldest counterfoils: those may be what is missing.");
    }
  }
}
