package dev.counterfoil.cli.up;

import dev.counterfoil.authority.people.People;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.Red;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.ChildProcess;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.layout.DemoService;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What {@code up} says, for people or as JSON. */
final class UpNarration {
  private final PrintStream out;
  private final boolean json;

  UpNarration(PrintStream out, boolean json) {
    this.out = out;
    this.json = json;
  }

  void progress(String what) {
    if (!json) {
      out.println("  waiting for: " + what);
    }
  }

  void say(String line) {
    if (!json) {
      out.println(line);
    }
  }

  void ready(Installation running, Duration took) {
    if (json) {
      return;
    }
    out.printf(
        "%nReady after %.1f s. Each of these is a process of its own:%n", took.toMillis() / 1000.0);
    for (ChildProcess process : running.processes()) {
      Process now = process.process();
      out.printf("  %-24s pid %s%n", process.name(), now == null ? "-" : now.pid());
    }
    if (!running.isMonitorReady()) {
      out.println(
          Red.text("Warning: the monitor is not ready")
              + ". It keeps trying, and tokens are issued meanwhile. The reason is at http://"
              + running.configuration().monitorListen()
              + "/health/ready.");
    }
    out.println(
        "They all run as one Unix user, so anybody who controls one can read the files"
            + " of the others.");
    if (running.configuration().root() == InstallationConfiguration.Root.TRIAL) {
      out.println(
          "The trial root is in "
              + shown(running.folder().root())
              + ", with its passphrase beside it. That is good for a trial, not for a"
              + " company. To move to a root of your own, see docs/operate/root.md.");
    }
  }

  void serving(Installation running) {
    if (json) {
      JsonLine.print(
          out,
          JsonObject.builder()
              .put("data", running.folder().path().toString())
              .put("monitor", "http://" + running.configuration().monitorListen())
              .put("monitor_ready", running.isMonitorReady())
              .put(
                  "issuers",
                  running.configuration().domains().stream()
                      .map(d -> d.issuer().toString())
                      .toList())
              .put(
                  "processes",
                  running.processes().stream()
                      .map(
                          process -> {
                            Process now = process.process();
                            return JsonObject.builder()
                                .put("name", process.name())
                                .put("pid", now == null ? -1 : now.pid())
                                .build();
                          })
                      .toList())
              .build());
      out.flush();
      return;
    }
    out.println();
    out.println("Serving until Ctrl-C.");
    for (Domain domain : running.configuration().domains()) {
      out.println("  issuer " + domain.issuer() + "  (domain " + domain.name() + ")");
      if (domain.spareSigners() > 0) {
        out.println(
            "    signers    "
                + String.join(", ", domain.signers())
                + "  ("
                + SignerName.FIRST
                + " issues; a spare starts in the background, and issues when it cannot)");
      }
      out.println("    metadata   " + domain.issuer() + "/.well-known/oauth-authorization-server");
      out.println(
          "    policy     "
              + shown(running.folder().domain(domain.name()).policy())
              + "  (what verifiers start from)");
      out.println(
          "    secret     "
              + shown(running.folder().domain(domain.name()).secret("demo"))
              + "  (of client demo)");
      if (domain.signsPeopleIn()) {
        out.println(
            "    people     "
                + SignInState.line(
                    SignInState.reason(domain.ready()), People.takesPasskeys(domain.issuer())));
      }
    }
    out.println("  monitor http://" + running.configuration().monitorListen());
    running
        .configuration()
        .console()
        .ifPresent(
            console ->
                out.println("  console " + console.browsers() + "  (docs/operate/console.md)"));
    out.println("  output of the processes: " + shown(running.folder().logs()));
    out.println();
    out.println("Try, in another terminal:");
    String data = isDefault(running) ? "" : " --data " + running.folder().path();
    for (String command :
        List.of(
            "token%s > token.txt",
            "verify%s" + forAudience(running) + " token.txt",
            "log check%s",
            "keys list%s",
            "findings%s",
            "audit trace%s" + ofTenant(running) + " --token token.txt")) {
      out.println("  ./counterfoil " + command.formatted(data));
    }
    tenant(running)
        .ifPresent(
            tenant ->
                out.printf(
                    "  ./counterfoil audit search%s --tenant %s  (the tenant's"
                        + " analysts search with a token of their own:"
                        + " docs/operate/audit-search.md)%n",
                    data, tenant));
    if (running.configuration().domains().getFirst().signsPeopleIn()) {
      out.println(
          "  ./counterfoil person invite"
              + data
              + " alice --tenant "
              + tenant(running).orElse("acme")
              + "  (prints a link with which alice enrols)");
    }
    out.println("  ./counterfoil drill storm-0558");
    out.flush();
  }

  private static String forAudience(Installation running) {
    return forAudience(running.configuration().domains().getFirst().audiences());
  }

  /** What verify is told of the demonstration's token, where its service is not the usual one. */
  static String forAudience(List<String> audiences) {
    String audience = InstallationClients.demoAudience(audiences);
    return audience.equals(DemoService.NAME) ? "" : " --audience " + audience;
  }

  private static String ofTenant(Installation running) {
    return ofTenant(running.configuration().domains().getFirst().tenants());
  }

  /** The tenant of the demonstration's token, where the domain has not just one with a name. */
  static String ofTenant(List<String> tenants) {
    return tenants.size() == 1 && !tenants.getFirst().equals("*")
        ? ""
        : " --tenant " + InstallationClients.demoTenant(tenants);
  }

  /** One that has a name. */
  private static Optional<String> tenant(Installation running) {
    return running.configuration().domains().stream()
        .flatMap(domain -> domain.tenants().stream())
        .filter(name -> !name.equals("*"))
        .findFirst();
  }

  void stopping() {
    if (!json) {
      out.println();
      out.println("Stopping. Everything is kept. The next start continues from here.");
    }
  }

  private static boolean isDefault(Installation running) {
    return running.folder().path().equals(Path.of("counterfoil-data").toAbsolutePath().normalize());
  }

  private static String shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    return path.startsWith(here) ? here.relativize(path).toString() : path.toString();
  }
}
