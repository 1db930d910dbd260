package dev.counterfoil.spring.sample;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A service as its developer writes it: nothing in it knows of Counterfoil. */
@SpringBootApplication
@RestController
public class SampleApplication {
  @GetMapping("/inbox")
  String inbox(@AuthenticationPrincipal Jwt token) {
    return token.getSubject() + " of " + token.getClaimAsString("tenant");
  }
}
