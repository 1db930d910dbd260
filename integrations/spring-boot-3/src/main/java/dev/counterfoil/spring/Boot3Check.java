package dev.counterfoil.spring;

/** The starter for Spring Boot 3.5 runs on no other. */
final class Boot3Check extends BootCheck {
  Boot3Check() {
    super("3.5.");
  }
}
