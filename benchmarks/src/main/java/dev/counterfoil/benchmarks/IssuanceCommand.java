package dev.counterfoil.benchmarks;

import com.nimbusds.jose.JOSEException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the token endpoint, Counterfoil's and its peers', in turn. */
@Command(
    name = "issuance",
    mixinStandardHelpOptions = true,
    description = {
      "Measures tokens a second and the time that an answer takes, at the token endpoint.",
      "Each server is started for the run, loaded alone and ended. A run is void if one answer is no token,",
      "or if the log grew by less than was answered."
    })
final class IssuanceCommand implements Callable<Integer> {
  /** Servers that can be named with --only. */
  private enum Which {
    COUNTERFOIL,
    KEYCLOAK,
    OIDC_PROVIDER,
    OIDC_PROVIDER_TWO_PROCESSES
  }

  private static final int WARM_UP_CONNECTIONS = 64;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--connections",
      split = ",",
      defaultValue = "64,256",
      description = "Connections, each with one request on its way (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private List<Integer> connections;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Length of each load, 1 to 60 (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warm-up",
      paramLabel = "SECONDS",
      defaultValue = "20",
      description = "Load before the first measurement, 1 to 60 (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--methods",
      split = ",",
      paramLabel = "METHOD",
      defaultValue = "SECRET,KEY",
      description = "SECRET (client_secret_basic), KEY (private_key_jwt) (default: both).")
  @SuppressWarnings("NullAway.Init") // has a default
  private List<Method> methods;

  @Option(names = "--peers", description = "Keycloak and oidc-provider too, in the same run.")
  private boolean peers;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "SERVER",
      description = "Only these of: ${COMPLETION-CANDIDATES}.")
  private List<Which> only = List.of();

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock = InstantSource.system();

  @Override
  public Integer call()
      throws IOException,
          InterruptedException,
          GeneralSecurityException,
          JOSEException,
          ParseException {
    loads(); // A wrong number is refused before anything is started.
    try (RunFolder folder = RunFolder.create(place.folder())) {
      Machine machine = Machine.read(folder.path(), clock);
      say("raw rates");
      RawRates raw = RawRates.measure(folder.path());
      Map<String, String> servers = new LinkedHashMap<>();
      List<LoadOutcome> outcomes = new ArrayList<>();
      List<Resident> resident = new ArrayList<>();
      for (Which which : chosen()) {
        Path own = Files.createDirectory(folder.path().resolve(Integer.toString(servers.size())));
        say("starting " + which);
        try (Server server = start(which, own)) {
          servers.put(server.name(), server.description());
          outcomes.addAll(measure(server, own));
          if (server instanceof CounterfoilServer ours) {
            resident.addAll(Resident.read(ours.processes()));
          }
        }
      }
      IssuanceReport report =
          new IssuanceReport(
              command(),
              machine,
              raw,
              seconds,
              warmUp,
              servers,
              outcomes,
              resident,
              IssuanceReport.ratios(outcomes, "Counterfoil"));
      publication.report(place.root(), "issuance", report.text(), report);
    }
    return 0;
  }

  private List<LoadOutcome> measure(Server server, Path folder)
      throws IOException,
          InterruptedException,
          GeneralSecurityException,
          JOSEException,
          ParseException {
    LoadRun run = new LoadRun(place.benchmarks(), folder, clock, random);
    List<LoadOutcome> outcomes = new ArrayList<>();
    for (Method method : methods) {
      say("warming up " + server.name() + " with " + method.metadataName());
      run.warmUp(server, new Load(method, WARM_UP_CONNECTIONS, Duration.ofSeconds(warmUp)));
      for (int number : connections) {
        LoadOutcome outcome =
            run.measure(server, new Load(method, number, Duration.ofSeconds(seconds)));
        say(
            "%s, %s, %d connections: %.0f tokens/s, p99 %.1f ms"
                .formatted(
                    server.name(),
                    method.metadataName(),
                    number,
                    outcome.tokensPerSecond(),
                    outcome.p99Millis()));
        outcomes.add(outcome);
      }
    }
    return outcomes;
  }

  private Server start(Which which, Path folder)
      throws IOException, InterruptedException, JOSEException, ParseException {
    return switch (which) {
      case COUNTERFOIL -> CounterfoilServer.start(place.root(), folder);
      case KEYCLOAK -> KeycloakServer.start(place.benchmarks(), folder, LoadClient.random(random));
      case OIDC_PROVIDER ->
          OidcProviderServer.start(place.benchmarks(), folder, LoadClient.random(random), 1);
      case OIDC_PROVIDER_TWO_PROCESSES ->
          OidcProviderServer.start(place.benchmarks(), folder, LoadClient.random(random), 2);
    };
  }

  private List<Which> chosen() {
    if (!only.isEmpty()) {
      return only;
    }
    return peers ? List.of(Which.values()) : List.of(Which.COUNTERFOIL);
  }

  private List<Load> loads() {
    List<Load> loads = new ArrayList<>();
    for (Method method : methods) {
      loads.add(new Load(method, WARM_UP_CONNECTIONS, Duration.ofSeconds(warmUp)));
      for (int number : connections) {
        loads.add(new Load(method, number, Duration.ofSeconds(seconds)));
      }
    }
    return loads;
  }

  private String command() {
    StringBuilder command = new StringBuilder("./dev bench issuance");
    command
        .append(" --connections ")
        .append(String.join(",", connections.stream().map(String::valueOf).toList()));
    command.append(" --seconds ").append(seconds).append(" --warm-up ").append(warmUp);
    if (methods.size() < Method.values().length) {
      command
          .append(" --methods ")
          .append(String.join(",", methods.stream().map(Method::name).toList()));
    }
    if (peers) {
      command.append(" --peers");
    }
    if (!only.isEmpty()) {
      command.append(" --only ").append(String.join(",", only.stream().map(Which::name).toList()));
    }
    return command.toString();
  }

  private static void say(String text) {
    System.err.println(text);
  }
}
