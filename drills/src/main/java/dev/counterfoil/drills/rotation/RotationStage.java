package dev.counterfoil.drills.rotation;

import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.run.DrillFolder;
import dev.counterfoil.drills.run.Endings;
import dev.counterfoil.drills.run.FreePorts;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.DataFolder;
import dev.counterfoil.installation.DataFolder.DomainFolder;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.InstallationConfiguration;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.process.settings.PurposeEntry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Trust domains with short times, one with times that are too short for others' caches, and those
 * who verify.
 */
final class RotationStage implements AutoCloseable {
  private static final String HASTY = "hasty";
  private static final String CLIENT = "robot";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  /** Life of the access tokens of the installation's own clients. */
  private static final Duration OWN_LIFE = Duration.ofMinutes(5);

  private final Endings endings = new Endings();
  private final List<RotatingDomain> domains = new ArrayList<>();
  private final List<StrangerProcess> strangers = new ArrayList<>();
  private final RotatingDomain hasty;
  private final VerifierPanel panel;

  /**
   * Sets the stage.
   *
   * @param strangersFolder with the programs of others' verifiers
   */
  RotationStage(
      DrillFolder folder, RotationPace pace, Optional<Path> strangersFolder, InstantSource clock)
      throws Exception {
    try {
      if (strangersFolder.isPresent()) {
        start(strangersFolder.get(), folder.path());
      }
      List<PurposeEntry> purposes = RotatingDomain.purposes(pace);
      var data = new DataFolder(folder.path().resolve("data"));
      InstallationConfiguration configuration = configuration(pace, purposes);
      Installation installation =
          Installation.start(data, configuration, Programs.ofThisProcess(), clock, text -> {});
      endings.add(installation);
      for (int number = 1; number <= pace.domains(); number++) {
        domains.add(meet(installation, name(number), purposes, clock));
      }
      hasty = meet(installation, HASTY, RotatingDomain.purposes(hastyPace()), clock);
      panel = new VerifierPanel(strangers, pace.freshCaches(), clock);
      endings.add(panel);
      awaitReady();
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  private void start(Path folder, Path errors) throws IOException {
    if (StrangerProcess.hasJava(folder)) {
      strangers.add(
          endings.add(StrangerProcess.java(folder, errors.resolve("strangers-java.log"))));
    }
    if (StrangerProcess.hasNode(folder)) {
      strangers.add(
          endings.add(StrangerProcess.node(folder, errors.resolve("strangers-node.log"))));
    }
  }

  private static String name(int number) {
    return "rotating-" + number;
  }

  /** One ring whose keys nobody with a cache can follow. */
  private static RotationPace hastyPace() {
    return new RotationPace(
        1,
        1,
        List.of("ES256"),
        RotationPace.HASTY_USAGE,
        Duration.ZERO,
        Optional.of(RotationPace.SLOW_MACHINE),
        RotationPace.HASTY_WINDOW,
        Duration.ZERO,
        Duration.ZERO,
        0,
        1,
        1,
        Optional.empty());
  }

  private static InstallationConfiguration configuration(
      RotationPace pace, List<PurposeEntry> purposes) throws IOException {
    List<Integer> ports = FreePorts.find(pace.domains() + 2);
    List<InstallationConfiguration.Domain> all = new ArrayList<>();
    for (int number = 1; number <= pace.domains(); number++) {
      all.add(domain(name(number), ports.get(number - 1), pace, purposes));
    }
    RotationPace hasty = hastyPace();
    all.add(domain(HASTY, ports.get(pace.domains()), hasty, RotatingDomain.purposes(hasty)));
    return new InstallationConfiguration(all, new HostPort("127.0.0.1", ports.getLast()));
  }

  private static InstallationConfiguration.Domain domain(
      String name, int port, RotationPace pace, List<PurposeEntry> purposes) {
    return new InstallationConfiguration.Domain(
        name,
        URI.create("http://127.0.0.1:" + port),
        new HostPort("127.0.0.1", port),
        List.of(RotatingDomain.TENANT),
        List.of(RotatingDomain.AUDIENCE),
        OWN_LIFE,
        pace.usage(),
        pace.reserve(),
        Optional.of(pace.propagation()),
        // Of the hasty domain; its own verifiers refuse nothing, and the drill shows who does.
        pace.propagation().compareTo(RotationPace.STRANGERS_WINDOW) < 0,
        purposes,
        Map.of(),
        List.of(),
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  private RotatingDomain meet(
      Installation installation, String name, List<PurposeEntry> purposes, InstantSource clock)
      throws Exception {
    DomainFolder of = installation.folder().domain(name);
    var domain =
        new RotatingDomain(
            TrustPolicy.parse(Files.readAllBytes(of.policy())),
            purposes,
            of.signer().resolve("service.sock"),
            Credentials.register(installation, name, client()),
            clock);
    endings.add(domain);
    return domain;
  }

  private static ClientRegistration client() {
    return new ClientRegistration(
        CLIENT,
        CLIENT,
        RotatingDomain.TENANT,
        CLIENT,
        AuthenticationMethod.CLIENT_SECRET_BASIC,
        Optional.empty(),
        List.of(RotatingDomain.AUDIENCE),
        List.of(RotatingDomain.SCOPE),
        false,
        false,
        Optional.of(RotatingDomain.LIFE),
        Optional.empty(),
        Set.of());
  }

  private void awaitReady() throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    List<RotatingDomain> all = new ArrayList<>(domains);
    all.add(hasty);
    for (RotatingDomain domain : all) {
      while (!domain.isReady()) {
        if (System.nanoTime() > end) {
          throw new IOException("domain " + domain.name() + " is not ready within " + PATIENCE);
        }
        Thread.sleep(LOOK_EVERY);
      }
    }
  }

  List<RotatingDomain> domains() {
    return domains;
  }

  /** Whose keys are stated a second before they sign. */
  RotatingDomain hasty() {
    return hasty;
  }

  List<StrangerProcess> strangers() {
    return strangers;
  }

  VerifierPanel panel() {
    return panel;
  }

  @Override
  public void close() {
    endings.close();
  }
}
