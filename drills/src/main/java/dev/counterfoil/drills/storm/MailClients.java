package dev.counterfoil.drills.storm;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.drills.domain.IssuerClient.Credentials;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The clients of one trust domain on stage: one for each user, whose tokens open that user's
 * mailbox, and one for the mail system.
 *
 * @param users credentials by user
 * @param mailSystem credentials of the client that may introspect
 */
record MailClients(Map<String, Credentials> users, Credentials mailSystem) {
  private static final String MAIL_SYSTEM = "mail-system";

  MailClients {
    users = Map.copyOf(users);
  }

  /**
   * Registers them in a domain that runs.
   *
   * @param people everybody; those of other domains are passed over
   */
  static MailClients register(Installation installation, String domain, List<MailUser> people)
      throws Exception {
    DomainFolder folder = installation.folder().domain(domain);
    Map<String, Credentials> users = new HashMap<>();
    try (AuthorityAdmin admin = installation.admin(domain)) {
      for (MailUser user : people) {
        if (user.domain().equals(domain)) {
          users.put(user.name(), Credentials.register(admin, folder, ofUser(user)));
        }
      }
      return new MailClients(users, Credentials.register(admin, folder, ofMailSystem()));
    }
  }

  private static ClientRegistration ofUser(MailUser user) {
    return ClientRegistration.withSecret(
        user.name(), user.tenant(), List.of(TrustDomain.AUDIENCE), List.of(TrustDomain.SCOPE));
  }

  private static ClientRegistration ofMailSystem() {
    return ClientRegistration.withSecret(
            MAIL_SYSTEM,
            InstallationConfiguration.OWN_TENANT,
            List.of(TrustDomain.AUDIENCE),
            List.of(TrustDomain.SCOPE))
        .introspecting();
  }
}
