package dev.counterfoil.spring;

import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.oauth2.server.resource.OAuth2ResourceServerConfigurer;

/** Has a chain read DPoP proofs, in the way of the Spring Security that is there. */
interface DpopSwitch extends Customizer<OAuth2ResourceServerConfigurer<HttpSecurity>> {}
