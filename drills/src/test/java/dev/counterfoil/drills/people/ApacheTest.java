package dev.counterfoil.drills.people;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.FreePorts;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Debian's Apache with mod_auth_openidc, as docs/integrate/sign-in-clients.md configures it. */
@Tag("full")
@Timeout(300)
class ApacheTest {
  private static final String MODULES = "/usr/lib/apache2/modules/mod_";

  private final AtomicReference<Map<String, String>> seen = new AtomicReference<>(Map.of());

  @Test
  void aPageIsForThePersonWhoSignedInAndNobodyAfterTheLogout() throws Exception {
    try (SignInHost host = SignInHost.start("wiki-api")) {
      int port = FreePorts.find(1).getFirst();
      URI site = URI.create("http://127.0.0.1:" + port);
      Path secret =
          host.client(
              "wiki",
              "--redirect-uri",
              site + "/signed-in",
              "--post-logout-redirect-uri",
              site + "/goodbye");
      Browser browser = host.person("alice");
      String subject = host.shown("alice").at("/person/subject").asString();
      startApache(host, site, secret, host.service(0, "<p>the wiki</p>", seen::set));

      browser.open(site.resolve("/wiki/page"));
      host.signIn(browser, site.resolve("/wiki/page"));
      assertThat(browser.text()).contains("the wiki");
      assertThat(seen.get())
          .containsEntry("oidc_claim_sub", subject)
          .containsEntry("oidc_claim_name", "Alice Example")
          .containsEntry("oidc_claim_preferred_username", "alice")
          .containsEntry("oidc_claim_iss", host.issuer().toString())
          .containsKey("oidc_access_token");
      seen.set(Map.of());
      browser.evaluate(
          "fetch(location, {headers: {OIDC_CLAIM_sub: 'mallory', OIDC_CLAIM_admin: 'yes'}})"
              + ".then(answer => answer.status)");
      assertThat(seen.get())
          .containsEntry("oidc_claim_sub", subject)
          .doesNotContainKey("oidc_claim_admin");

      // The authority's session ends too: the next visit is of another one.
      browser.open(site.resolve("/signed-in?logout=" + site + "/goodbye"));
      Await.require("a goodbye", () -> browser.address().getPath().equals("/goodbye"));
      Map<String, String> before = seen.getAndSet(Map.of());
      browser.open(site.resolve("/wiki/page"));
      host.signIn(browser, site.resolve("/wiki/page"));
      assertThat(seen.get().get("oidc_claim_sid"))
          .isNotNull()
          .isNotEqualTo(before.get("oidc_claim_sid"));
    }
  }

  private static void startApache(SignInHost host, URI site, Path secret, int service)
      throws Exception {
    String sample =
        SignInHost.samples("integrate/sign-in-clients.md", "apache")
            .getFirst()
            .replace("http://localhost:8480", host.issuer().toString())
            .replace("http://127.0.0.1:8000", site.toString())
            .replace("http://127.0.0.1:8080", "http://127.0.0.1:" + service)
            .replace("/etc/apache2/wiki.secret", secret.toString());
    Path folder = Files.createDirectory(host.folder().resolve("apache"));
    Files.writeString(Files.createDirectory(folder.resolve("html")).resolve("goodbye"), "goodbye");
    StringBuilder modules = new StringBuilder();
    for (String name :
        List.of("mpm_event", "authz_core", "authn_core", "authz_user", "proxy", "proxy_http")) {
      modules.append("LoadModule %1$s_module %2$s%1$s.so\n".formatted(name, MODULES));
    }
    Path configuration =
        Files.writeString(
            folder.resolve("apache.conf"),
            """
            ServerRoot "%1$s"
            ServerName 127.0.0.1
            Listen %2$s
            PidFile apache.pid
            ErrorLog /dev/stderr
            DefaultRuntimeDir "%1$s"
            User nobody
            Group nogroup
            DocumentRoot "%1$s/html"
            %3$s
            LoadModule auth_openidc_module %4$sauth_openidc.so
            %5$s
            """
                .formatted(folder, site.getAuthority(), modules, MODULES, sample));
    Process apache =
        host.begin(List.of("/usr/sbin/apache2", "-X", "-f", configuration.toString()), Map.of());
    Await.require(
        "Apache",
        () -> {
          assertThat(apache.isAlive()).as(host::said).isTrue();
          return Files.exists(folder.resolve("apache.pid"));
        });
  }
}
