package dev.counterfoil.installation;

import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import dev.counterfoil.process.ServedTenants;
import dev.counterfoil.registrar.root.TrialRoot;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Has the trial root delegate while the installation runs: anew long before its windows end, and at
 * once to a registrar to which an operator added a tenant.
 */
final class TrialCeremonies {
  private static final System.Logger LOG = System.getLogger(TrialCeremonies.class.getName());
  private static final Duration RENEW_EVERY = Duration.ofHours(1);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private final TrialRoot root;
  private final List<Domain> domains;
  private final DataFolder folder;
  private final Map<String, List<String>> delegated = new HashMap<>();

  private TrialCeremonies(TrialRoot root, List<Domain> domains, DataFolder folder) {
    this.root = root;
    this.domains = domains;
    this.folder = folder;
  }

  /** On a thread of its own, until it is interrupted. */
  static Thread hold(TrialRoot root, List<Domain> domains, DataFolder folder) {
    return Thread.ofVirtual()
        .name("trial-root")
        .start(new TrialCeremonies(root, List.copyOf(domains), folder)::run);
  }

  private void run() {
    long renewed = System.nanoTime();
    while (true) {
      try {
        Thread.sleep(LOOK_EVERY);
        boolean due = System.nanoTime() - renewed >= RENEW_EVERY.toNanos();
        renewed = due ? System.nanoTime() : renewed;
        for (Domain domain : domains) {
          look(domain, due);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (IOException | GeneralSecurityException | InstallationException e) {
        // Tried again in an hour: windows are there for more than two months.
        LOG.log(System.Logger.Level.ERROR, "the trial root could not delegate: " + e.getMessage());
      }
    }
  }

  private void look(Domain domain, boolean due)
      throws IOException, GeneralSecurityException, InstallationException {
    Path registrar = folder.domain(domain.name()).registrar();
    List<String> added = ServedTenants.addedIn(registrar);
    if (due || !added.equals(delegated.getOrDefault(domain.name(), List.of()))) {
      delegated.put(domain.name(), added);
      root.delegate(DelegationBounds.of(domain, added), registrar);
    }
  }
}
