package dev.counterfoil.cli.command;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.ContextFile;
import dev.counterfoil.installation.layout.SocketReach;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which installation and which of its trust domains a command is about. */
public final class InstallationOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "The file that lists where the processes are (default: $COUNTERFOIL_CONFIG,"
              + " or cli.yaml in the data folder, or /etc/counterfoil/cli.yaml).")
  private @Nullable Path config;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "The data folder of an installation that counterfoil up runs (default:"
              + " $COUNTERFOIL_DATA or counterfoil-data).")
  private @Nullable Path data;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description =
          "The context to use from that file (default: the current one, or the only"
              + " one). To list them, run counterfoil context list.")
  private @Nullable String name;

  @Option(
      names = "--domain",
      paramLabel = "NAME",
      description = "The context to use, by the name of its trust domain.")
  private @Nullable String domain;

  private @Nullable ContextFile read;

  private ContextPlace place() {
    return ContextPlace.of(
        new ContextPlace.Named(
            config, data, System.getenv("COUNTERFOIL_CONFIG"), System.getenv("COUNTERFOIL_DATA")),
        ContextPlace.SERVICES,
        Files::isRegularFile,
        folder -> Files.isDirectory(folder) && !Files.isExecutable(folder));
  }

  /** The file that says where the processes are. */
  public Path file() {
    return switch (place()) {
      case ContextPlace.Found found -> found.file();
      case ContextPlace.Unclear unclear -> throw CommandFailure.environment(unclear.why());
    };
  }

  /** What it says. */
  public ContextFile contexts() {
    ContextFile known = read;
    if (known == null) {
      try {
        known = ContextFile.read(file());
        read = known;
      } catch (ConfigurationException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
    }
    return known;
  }

  /** Those that the options leave: one where one was named. */
  private List<Context> left() {
    return contexts().contexts().stream()
        .filter(context -> name == null || context.name().equals(name))
        .filter(context -> domain == null || context.domain().equals(domain))
        .toList();
  }

  /** The context that is meant: the one that was named, the current one, or the only one. */
  public Context context() {
    List<Context> left = left();
    if (left.isEmpty()) {
      throw CommandFailure.environment(
          "there is no %s. In %s there is %s"
              .formatted(
                  name != null ? "context " + name : "domain " + domain,
                  file(),
                  names(contexts().contexts())));
    }
    if (left.size() == 1) {
      return left.getFirst();
    }
    return left.stream()
        .filter(context -> contexts().current().filter(context.name()::equals).isPresent())
        .findFirst()
        .orElseThrow(
            () ->
                CommandFailure.environment(
                    "name one context with --context, or choose one with counterfoil"
                        + " context use: "
                        + names(left)));
  }

  private static String names(List<Context> contexts) {
    return contexts.stream().map(Context::name).collect(Collectors.joining(", "));
  }

  /** The domain's name: the one that was named, or the only one. */
  public String domainName() {
    return context().domain();
  }

  /** Whether there is an installation, and one domain of it is meant. */
  public boolean hasContext() {
    return place() instanceof ContextPlace.Found
        && (left().size() == 1 || contexts().current().isPresent());
  }

  /**
   * The installation's monitor. Where several domains have one monitor and none is named, it is
   * that one.
   */
  public Context.Monitor monitor() {
    List<Context.Monitor> monitors = left().stream().map(Context::monitor).distinct().toList();
    return monitors.size() == 1 ? monitors.getFirst() : context().monitor();
  }

  /** The command line's end of its admin socket. */
  public MonitorAdmin monitorAdmin() {
    return new MonitorAdmin(monitor().adminSocket().path());
  }

  /** What is said when the monitor was not asked, or did not take the question. */
  public CommandFailure monitorFailed(IOException e) {
    return e instanceof MonitorAdmin.RefusedException
        ? CommandFailure.environment(String.valueOf(e.getMessage()))
        : CommandFailure.unavailable(
            "the monitor does not answer: "
                + SocketReach.why(monitor().adminSocket().path())
                + " ("
                + CommandFailure.reason(e)
                + ")");
  }

  /** The registrar's admin socket. */
  public Path registrarSocket() {
    return context().registrar().adminSocket().path();
  }

  /** The authority's, on which clients are managed. */
  public Path authoritySocket() {
    return context().authority().adminSocket().path();
  }

  /** The domain's trust policy. */
  public TrustPolicy policy() {
    return readPolicy(context().policy());
  }

  public static TrustPolicy readPolicy(Path file) {
    try {
      return TrustPolicy.parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read the policy " + file + ": " + e.getMessage());
    } catch (FormatException e) {
      throw CommandFailure.environment(file + ": " + e.getMessage());
    }
  }
}
