/**
 * Shaders of the workers. The vertex shader places a worker on the way between its two points by the time of the frame, so that nothing
 * is computed per worker on the main thread; the fragment shader draws the marker as a distance field, sharp at every size.
 *
 * State is told by shape as well as by colour: live is a full disc, stale a faint one with a dashed rim, lost a hollow dashed ring with
 * a bar through it. Who walks has a nose in the direction of the course.
 */
export const vertexShader = `#version 300 es
in vec2 corner;
in vec2 from;
in vec2 to;
in vec2 times;
in vec4 look;      // course, speed, state, mark: bytes
in uint handle;

uniform mat4 matrix;     // Mercator relative to the origin -> clip space
uniform vec2 viewport;   // device pixels
uniform float time;      // seconds after the epoch
uniform float radius;    // device pixels
uniform float bearing;   // of the map, radians
uniform uint chosen;     // handle of the selected worker, 0 for none

out vec2 point;          // device pixels from the centre, nose upwards
out vec2 upright;        // the same, not turned
flat out float nose;
flat out float state;
flat out float mark;
flat out float selected;

void main() {
  float span = times.y - times.x;
  float t = span > 0.0 ? clamp((time - times.x) / span, 0.0, 1.0) : 1.0;
  vec4 clip = matrix * vec4(mix(from, to, t), 0.0, 1.0);
  upright = corner * radius * 2.3;
  clip.xy += upright / viewport * 2.0 * clip.w;
  gl_Position = clip;

  // Slower than 0.5 m/s is standing: a phone's course is then noise.
  nose = look.x < 254.5 && look.y < 254.5 && look.y >= 2.0 ? 1.0 : 0.0;
  float turn = look.x * (6.2831853 / 255.0) - bearing;
  float s = sin(turn), c = cos(turn);
  point = vec2(c * upright.x - s * upright.y, s * upright.x + c * upright.y);
  state = look.z;
  mark = look.w;
  selected = handle == chosen && chosen != 0u ? 1.0 : 0.0;
}`

export const fragmentShader = `#version 300 es
precision highp float;
in vec2 point;
in vec2 upright;
flat in float nose;
flat in float state;
flat in float mark;
flat in float selected;

uniform float radius;
uniform float ratio;       // device pixels per CSS pixel
uniform float opacity;
uniform float initials;    // 1: the duty's initial is written into the disc
uniform vec3 colours[3];
uniform vec3 rim;
uniform vec3 accent;
uniform sampler2D letters; // two cells side by side

out vec4 colour;

float disc(vec2 p, float r) { return length(p) - r; }

// Distance to the triangle that makes the nose.
float wedge(vec2 p, float r) {
  p.x = abs(p.x);
  vec2 tip = vec2(0.0, r * 1.9);
  vec2 side = normalize(vec2(1.0, 0.66));
  return max(dot(p - tip, side), r * 0.35 - p.y);
}

float cover(float d) { return clamp(0.5 - d, 0.0, 1.0); }

vec4 over(vec4 a, vec4 b) { return a + b * (1.0 - a.a); }

void main() {
  float shape = disc(upright, radius);
  if (nose > 0.5) shape = min(shape, wedge(point, radius));
  float line = 1.25 * ratio;
  float dash = step(0.0, sin(atan(upright.y, upright.x) * 8.0));
  vec3 hue = colours[int(state)];
  vec4 result;
  if (state < 0.5) {
    result = over(vec4(hue, 1.0) * cover(shape + line), vec4(rim, 1.0) * cover(shape));
  } else {
    float ring = abs(shape + line * 0.5) - line * 0.6;
    vec4 body = vec4(mix(rim, hue, state < 1.5 ? 0.4 : 0.0), 1.0) * (state < 1.5 ? 0.85 : 0.6) * cover(shape);
    result = over(vec4(hue, 1.0) * cover(ring) * dash, body);
    if (state > 1.5) {
      vec2 d = vec2(upright.x + upright.y, upright.x - upright.y) * 0.7071;
      float bar = max(abs(d.y) - line * 0.6, abs(d.x) - radius * 0.6);
      result = over(vec4(hue, 1.0) * cover(bar), result);
    }
  }
  if (initials > 0.5 && mark > 0.5 && state < 1.5) {
    vec2 uv = vec2(upright.x, -upright.y) / (radius * 1.5) + 0.5;
    if (all(greaterThan(uv, vec2(0.0))) && all(lessThan(uv, vec2(1.0)))) {
      float ink = texture(letters, vec2((uv.x + mark - 1.0) * 0.5, uv.y)).a;
      result = over(vec4(state < 0.5 ? rim : hue, 1.0) * ink, result);
    }
  }
  if (selected > 0.5) {
    float halo = abs(disc(upright, radius * 1.9)) - 1.1 * ratio;
    result = over(result, vec4(accent, 1.0) * cover(halo));
  }
  if (result.a < 0.004) discard;
  colour = result * opacity;
}`
