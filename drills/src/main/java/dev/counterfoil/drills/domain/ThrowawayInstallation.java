package dev.counterfoil.drills.domain;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** An installation in a drill's folder, which ends with the run. */
public final class ThrowawayInstallation {
  private final DrillRun run;
  private final Installation installation;
  private final MonitorDesk desk;

  /**
   * Starts one.
   *
   * @param monitorPort where its monitor listens
   */
  public ThrowawayInstallation(
      DrillRun run,
      List<InstallationConfiguration.Domain> domains,
      int monitorPort,
      Programs programs)
      throws Exception {
    this.run = run;
    this.installation =
        run.open(
            Installation.start(
                new DataFolder(run.folder().resolve("data")),
                new InstallationConfiguration(domains, listen(monitorPort)),
                programs,
                run.clock(),
                text -> {}));
    this.desk = run.open(new MonitorDesk(installation.folder(), installation.configuration()));
  }

  public static HostPort listen(int port) {
    return new HostPort("127.0.0.1", port);
  }

  public static URI issuer(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** Its processes. */
  public Installation installation() {
    return installation;
  }

  /**
   * Sends a signal to one of its processes, such as {@code STOP}.
   *
   * @param process its name, such as {@code authority}
   */
  public void signal(String process, String signal) throws IOException, InterruptedException {
    long pid =
        installation.processes().stream()
            .filter(one -> one.name().equals(process))
            .map(one -> Objects.requireNonNull(one.process()).pid())
            .findFirst()
            .orElseThrow();
    if (new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor() != 0) {
      throw new IOException("cannot send SIG" + signal + " to " + process);
    }
  }

  /** Its folder. */
  public DataFolder data() {
    return installation.folder();
  }

  /** Its monitor. */
  public MonitorDesk desk() {
    return desk;
  }

  /** The policy that services of a domain start from. */
  public TrustPolicy policy(String domain) throws IOException {
    Path file = data().domain(domain).policy();
    try {
      return TrustPolicy.parse(Files.readAllBytes(file));
    } catch (FormatException e) {
      throw new IOException(file + " is not a policy", e);
    }
  }

  /** What a domain's key log says, verified from the root down. */
  public KeySet keySet(String domain) throws IOException {
    try {
      return KeySetSource.read(policy(domain), HttpReadSide.create(Await.PATIENCE), run.now());
    } catch (FormatException e) {
      throw new IOException("the key log of " + domain + " is not the root's word", e);
    }
  }

  /** A new client of a domain. */
  public Credentials register(String domain, ClientRegistration registration) throws Exception {
    return Credentials.register(installation, domain, registration);
  }

  /** Tells a registrar or signer something on its socket. */
  public static Answer tell(Path socket, Request.Command command)
      throws IOException, InterruptedException {
    try (SignerClient client = new SignerClient(socket)) {
      Await.require("a listener on " + socket, client::isConnected);
      return client.ask(command, Await.PATIENCE);
    } catch (SignerUnavailableException e) {
      throw new IOException("no answer on " + socket, e);
    }
  }
}
