/** Names for made-up bets: with accents, ñ, ü, and compounds, as real ones have. */

export const FIRST_NAMES: readonly string[] = (
  'Agustín Alma Ana Ángel Antonella Bautista Belén Benjamín Bruno Camila Carla Catalina Clara ' +
  'Cristóbal Damián Dante Delfina Diego Elena Emilia Esteban Eva Fabián Facundo Felipe Fernán ' +
  'Florencia Francisco Gael Gonzalo Guadalupe Héctor Inés Irene Iván Jazmín Joaquín Jorge José ' +
  'Juana Julián Julieta Lara Lautaro Leandro Leonardo Lorenzo Lucía Luis Luz Magalí Manuel Marcos ' +
  'María Martín Mateo Matías Mía Milagros Nahuel Natalia Nicolás Nora Octavio Olga Oriana Óscar ' +
  'Pablo Paloma Paula Pilar Ramiro Raúl Renata Rocío Román Rosario Samuel Santiago Sebastián Simón ' +
  'Sofía Tadeo Teo Thiago Tomás Uma Úrsula Valentín Valeria Vera Víctor Violeta Ximena Zoe'
).split(' ');

export const SURNAMES: readonly string[] = (
  'Acosta Acuña Agüero Aguirre Álvarez Arias Ávila Ayala Báez Benítez Bravo Bustos Cabrera Cáceres ' +
  'Cardozo Castro Córdoba Coronel Correa Cruz Díaz Domínguez Duarte Escobar Espíndola Farías ' +
  'Fernández Ferreyra Figueroa Flores Franco Fuentes Galván García Giménez Godoy Gómez González ' +
  'Guzmán Herrera Ibáñez Juárez Leguizamón Lima López Lucero Luna Maldonado Mansilla Martínez ' +
  'Medina Méndez Miranda Molina Morales Moreno Moyano Muñoz Navarro Núñez Ojeda Ortega Páez Paz ' +
  'Peña Peralta Pereyra Pérez Ponce Quiroga Ramírez Ríos Rodríguez Rojas Romero Ruiz Sánchez Silva ' +
  'Soria Sosa Suárez Toledo Torres Vargas Vega Velázquez Vera Villalba Yáñez Zárate Zúñiga'
).split(' ');

export const COMPOUND_SURNAMES: readonly string[] = [
  'de la Rúa',
  'del Valle',
  'de los Ríos',
  'Ponce de León',
  'Fernández-Goñi',
  'García Núñez',
  'Sáenz Peña',
  'San Martín',
  'Ortiz de Zárate',
  'López y Planes',
];
