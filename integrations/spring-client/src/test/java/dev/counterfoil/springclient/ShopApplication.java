package dev.counterfoil.springclient;

import static org.springframework.security.config.Customizer.withDefaults;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

/** A web application as its developer writes it: nothing in it knows of Counterfoil. */
@RestController
class ShopApplication {
  @Value("${shop.api}")
  String api;

  @Bean
  SecurityFilterChain people(HttpSecurity http, ClientRegistrationRepository clients)
      throws Exception {
    var logout = new OidcClientInitiatedLogoutSuccessHandler(clients);
    logout.setPostLogoutRedirectUri("{baseUrl}/goodbye");
    return http.authorizeHttpRequests(
            page -> page.requestMatchers("/goodbye").permitAll().anyRequest().authenticated())
        .oauth2Login(withDefaults())
        .logout(out -> out.logoutSuccessHandler(logout))
        .build();
  }

  @GetMapping("/")
  String home(
      @AuthenticationPrincipal OidcUser person,
      @RegisteredOAuth2AuthorizedClient("counterfoil") OAuth2AuthorizedClient client) {
    String notes =
        RestClient.create(api)
            .get()
            .headers(headers -> headers.setBearerAuth(client.getAccessToken().getTokenValue()))
            .retrieve()
            .body(String.class);
    return person.getFullName() + ": " + notes;
  }

  @GetMapping("/goodbye")
  String goodbye() {
    return "goodbye";
  }

  /** For the test alone: no application shows its token. */
  @GetMapping("/token")
  String token(@RegisteredOAuth2AuthorizedClient("counterfoil") OAuth2AuthorizedClient client) {
    return client.getAccessToken().getTokenValue();
  }
}
