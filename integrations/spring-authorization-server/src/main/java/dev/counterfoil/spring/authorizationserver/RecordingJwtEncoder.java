package dev.counterfoil.spring.authorizationserver;

import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtEncoder;
import org.springframework.security.oauth2.jwt.JwtEncoderParameters;

/**
 * Encodes as another encoder does, and gives out no token before the record door has it. As a bean
 * it serves access tokens and ID tokens alike.
 */
public final class RecordingJwtEncoder implements JwtEncoder {
  private final JwtEncoder encoder;
  private final SpringRecordDoor door;

  /**
   * Wraps an encoder.
   *
   * @param encoder which signs, such as {@code NimbusJwtEncoder}
   */
  public RecordingJwtEncoder(JwtEncoder encoder, SpringRecordDoor door) {
    this.encoder = encoder;
    this.door = door;
  }

  /**
   * Signs and records.
   *
   * @throws OAuth2AuthenticationException when the token could not be recorded, so that it must not
   *     be released
   */
  @Override
  public Jwt encode(JwtEncoderParameters parameters) {
    Jwt jwt = encoder.encode(parameters);
    door.record(jwt.getTokenValue());
    return jwt;
  }
}
