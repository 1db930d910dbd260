package dev.counterfoil.installation.layout;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.GrantType;
import dev.counterfoil.authority.clients.GroupsClaim;
import dev.counterfoil.authority.clients.ProtocolTerms;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.installation.layout.DataFolder.DomainFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration.Domain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The clients that an installation needs for itself, and those that show a newcomer what it does.
 */
public final class InstallationClients {
  /** The monitor's client: fetches counterfoils. */
  public static final String MONITOR = "counterfoil-monitor";

  /** A client that may read findings over HTTP, for dashboards and drills. */
  public static final String OPERATOR = "counterfoil-operator";

  /** The response process's client: takes access away, and does nothing else. */
  public static final String RESPONSE = "counterfoil-response";

  /** The disclosure process's client: reports to the audit log, and does nothing else. */
  public static final String DISCLOSURE = "counterfoil-disclosure";

  /** A client with a secret, to ask for tokens. */
  public static final String DEMO = "demo";

  private static final String MONITOR_AUDIENCE = "counterfoil-monitor";

  private static final List<String> CONSOLE_LOOKS =
      List.of("counterfoil:view", "counterfoil:audit");

  private static final List<String> CONSOLE_OPERATES =
      List.of(
          "counterfoil:view", "counterfoil:audit", "counterfoil:findings", "counterfoil:incidents");

  private InstallationClients() {}

  /** Makes the private keys that must be there before the processes start. */
  public static void prepare(DomainFolder domain) throws IOException {
    ClientKey.ensure(domain.privateKey(MONITOR));
    ClientKey.ensure(domain.privateKey(OPERATOR));
    ClientKey.ensure(domain.privateKey(DemoService.NAME));
  }

  /**
   * The public key set of a client whose private key lies in a file, made new where there is none.
   */
  public static JsonObject keysOf(Path privateKey) throws IOException {
    return JsonObject.builder().put("keys", List.of(ClientKey.ensure(privateKey))).build();
  }

  /**
   * Registers them. Those that the installation needs for itself are brought to what this version
   * needs; the newcomer's stays as it is.
   */
  public static void register(AuthorityAdmin admin, Domain domain, DomainFolder folder)
      throws IOException, AuthorityAdmin.RefusedException, InterruptedException {
    registerWithKey(
        admin,
        folder,
        MONITOR,
        List.of(domain.issuer().toString()),
        List.of("counterfoil:custody", "counterfoil:released"));
    registerWithKey(
        admin, folder, OPERATOR, List.of(MONITOR_AUDIENCE), List.of("counterfoil:findings"));
    registerWithKey(
        admin,
        folder,
        DemoService.NAME,
        List.of(MONITOR_AUDIENCE),
        List.of("counterfoil:sightings"));
    registerWithSecret(
        admin,
        folder,
        ClientRegistration.withSecret(
            DEMO,
            demoTenant(domain.tenants()),
            List.of(demoAudience(domain.audiences())),
            List.of("read", "write")));
  }

  /** The clients as which people of a domain sign in to the console, at its address of now. */
  public static void registerConsole(
      AuthorityAdmin admin,
      InstallationConfiguration configuration,
      Domain domain,
      DomainFolder folder)
      throws IOException, AuthorityAdmin.RefusedException, InterruptedException {
    if (configuration.consoleDomain().filter(domain::equals).isEmpty()) {
      return;
    }
    registerWithKey(
        admin,
        folder,
        ConsoleEntry.REPORTER,
        List.of(MONITOR_AUDIENCE),
        List.of("counterfoil:sightings"));
    String url = configuration.console().orElseThrow().browsers().toString();
    for (String tenant : ConsoleEntry.tenants(domain)) {
      boolean isOwn = tenant.equals(InstallationConfiguration.OWN_TENANT);
      String clientId = ConsoleEntry.client(tenant);
      ClientRegistration wanted =
          ClientRegistration.withKeys(
                  clientId,
                  tenant,
                  keysOf(folder.privateKey(clientId)),
                  List.of(MONITOR_AUDIENCE),
                  isOwn ? CONSOLE_OPERATES : CONSOLE_LOOKS)
              .signingIn(
                  new SignInTerms(
                      Set.of(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN),
                      List.of(url + "/signed-in"),
                      List.of(url),
                      Optional.of("ES256"),
                      false,
                      ProtocolTerms.NONE.saying(GroupsClaim.ALWAYS)));
      registerOrUpdate(admin, wanted);
    }
  }

  /** Registers the client of the response process. */
  public static void registerResponse(AuthorityAdmin admin, Domain domain, DomainFolder folder)
      throws IOException, AuthorityAdmin.RefusedException, InterruptedException {
    registerWithKey(
        admin,
        folder,
        RESPONSE,
        List.of(MONITOR_AUDIENCE, domain.issuer().toString()),
        List.of(
            ClientRegistration.RESPOND_SCOPE, "counterfoil:findings", "counterfoil:audit-report"));
  }

  /** Registers the client of the disclosure process. */
  public static void registerDisclosure(AuthorityAdmin admin, Domain domain, DomainFolder folder)
      throws IOException, AuthorityAdmin.RefusedException, InterruptedException {
    registerWithKey(
        admin,
        folder,
        DISCLOSURE,
        List.of(MONITOR_AUDIENCE, domain.issuer().toString()),
        List.of("counterfoil:audit-report", ClientRegistration.NOTICE_SCOPE));
  }

  /** The service for which the client {@link #DEMO} asks tokens, in a domain of some audiences. */
  public static String demoAudience(List<String> audiences) {
    return audiences.contains("*") || audiences.contains(DemoService.NAME)
        ? DemoService.NAME
        : audiences.getFirst();
  }

  /** The tenant of the client {@link #DEMO}, in a domain of some tenants. */
  public static String demoTenant(List<String> tenants) {
    return tenants.getFirst().equals("*") ? "demo" : tenants.getFirst();
  }

  private static void registerWithKey(
      AuthorityAdmin admin,
      DomainFolder folder,
      String clientId,
      List<String> audiences,
      List<String> scopes)
      throws IOException, AuthorityAdmin.RefusedException, InterruptedException {
    registerOrUpdate(
        admin,
        ClientRegistration.withKeys(
            clientId,
            InstallationConfiguration.OWN_TENANT,
            keysOf(folder.privateKey(clientId)),
            audiences,
            scopes));
  }

  /** Another version of this program may have registered it with other scopes. */
  private static void registerOrUpdate(AuthorityAdmin admin, ClientRegistration wanted)
      throws IOException, AuthorityAdmin.RefusedException, InterruptedException {
    Optional<ClientRegistration> present = admin.find(wanted.clientId());
    if (present.isEmpty()) {
      admin.register(wanted);
    } else if (!present.get().equals(wanted)) {
      admin.update(wanted);
    }
  }

  /**
   * Registers a client with a secret, and keeps the secret in a file that only its owner can read.
   * A client that is registered and whose file is there stays; one whose file is lost gets a new
   * secret.
   */
  public static void registerWithSecret(
      AuthorityAdmin admin, DomainFolder folder, ClientRegistration registration)
      throws IOException, AuthorityAdmin.RefusedException, InterruptedException {
    Optional<String> secret = admin.register(registration);
    if (secret.isEmpty() && !Files.exists(folder.secret(registration.clientId()))) {
      secret = Optional.of(admin.rotateSecret(registration.clientId()));
    }
    if (secret.isPresent()) {
      DataFolder.writeOwnerOnly(folder.secret(registration.clientId()), secret.get() + "\n");
    }
  }
}
