// The birthday card as a picture: painted, so that it can be kept and sent on.

export interface Card {
  name: string;
  org: string;
  years: number;
  admitted: string;
}

/** What the card says for these years. */
export function wish(years: number): string {
  if (years >= 50) return "半个多世纪初心如磐。您走过的路，是后来人的灯。\n祝您健康长寿，政治生日快乐！";
  if (years >= 30) return "几十年如一日，您把青春和汗水留在了岗位上。\n感谢您一路同行，政治生日快乐！";
  if (years >= 10) return "十载春秋，不改其志。您的坚守，大家都看得见。\n感谢您一路同行，政治生日快乐！";
  return "从举起右手的那一天起，这个日子就有了分量。\n愿您不忘初心，步履不停，政治生日快乐！";
}

export const cardWidth = 750;
export const cardHeight = 1100;
const font = '"PingFang SC","Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei",sans-serif';

/** Paints the card on a canvas of cardWidth by cardHeight. */
export function paint(on: CanvasRenderingContext2D, card: Card) {
  const ground = on.createLinearGradient(0, 0, cardWidth, cardHeight);
  ground.addColorStop(0, "#a90f16");
  ground.addColorStop(0.5, "#c8161d");
  ground.addColorStop(1, "#dd4a2f");
  on.fillStyle = ground;
  on.fillRect(0, 0, cardWidth, cardHeight);
  const light = on.createRadialGradient(375, 60, 10, 375, 60, 420);
  light.addColorStop(0, "rgba(255,222,150,.45)");
  light.addColorStop(1, "rgba(255,222,150,0)");
  on.fillStyle = light;
  on.fillRect(0, 0, cardWidth, 500);
  on.strokeStyle = "rgba(255,230,168,.6)";
  on.lineWidth = 2;
  on.strokeRect(28, 28, cardWidth - 56, cardHeight - 56);
  on.textAlign = "center";
  line(on, "政治生日快乐", 150, 44, "#ffe6a8");
  line(on, String(card.years), 350, 180, "#ffe6a8", "bold");
  line(on, "入党周年", 420, 36, "#ffe6a8");
  line(on, card.name + "同志", 540, 46, "#ffffff", "bold");
  let y = 630;
  for (const part of wish(card.years).split("\n").flatMap((s) => folded(s, 17))) {
    line(on, part, y, 34, "#ffffff");
    y += 56;
  }
  line(on, `入党日期 ${card.admitted}`, 960, 28, "#ffeccb");
  line(on, card.org, 1010, 30, "#ffeccb");
}

function line(on: CanvasRenderingContext2D, text: string, y: number, size: number, colour: string, weight = "normal") {
  on.fillStyle = colour;
  on.font = `${weight} ${size}px ${font}`;
  on.fillText(text, cardWidth / 2, y, cardWidth - 120);
}

/** A sentence in lines of at most so many characters. */
const folded = (text: string, width: number) => text.match(new RegExp(`.{1,${width}}[，。！]?`, "gu")) ?? [];
